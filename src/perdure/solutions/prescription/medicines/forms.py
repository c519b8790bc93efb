"""Dosage forms, units and modifiers as they are written on Indian labels."""

from __future__ import annotations

from typing import Final

_FORMS: Final = """
tablet: TAB|TABS|TABLET|TABLETS|TB|TABL
capsule: CAP|CAPS|CAPSULE|CAPSULES|SOFTGEL|SOFTGELS|SOFT GELATIN CAPSULE
syrup: SYP|SYR|SYRUP|SY
dry syrup: DRY SYP|DRY SYRUP|DRY SYR|REDIMIX|REDIUSE
oral suspension: SUSP|SUSPENSION|ORAL SUSP|ORAL SUSPENSION
oral solution: ORAL SOLUTION|ORAL SOLN|ORAL SOL|ORAL LIQUID
oral drops: DROPS|DROP|DRP|DRPS|ORAL DROPS|PAED DROPS|PEDIATRIC DROPS|PAEDIATRIC DROPS
eye drops: EYE DROPS|EYE DROP|E/D|OPHTHALMIC SOLUTION|OPTHALMIC SOLUTION|EYEDROPS
ear drops: EAR DROPS|EAR DROP
eye/ear drops: EYE/EAR DROPS|EYE/EAR DROP|EYE EAR DROPS
nasal drops: NASAL DROPS|NASAL DROP
eye ointment: EYE OINT|EYE OINTMENT|E/O
eye gel: EYE GEL
injection: INJ|INJECTION|INJ.|VIAL|AMP|AMPOULE|PFS|PRE FILLED SYRINGE|PREFILLED SYRINGE
cartridge: CARTRIDGE|PENFILL|RESPEN|FLEXPEN|KWIKPEN|SOLOSTAR|DISPOSABLE PEN
infusion: INFUSION|IVF|IV INFUSION|INFUS|I.V.
cream: CREAM|CRM|CRE|VAGINAL CREAM
ointment: OINT|OINTMENT|ONT
gel: GEL|ORAL GEL|VAGINAL GEL
lotion: LOTION|LOT|LTN
solution: SOLUTION|SOLN|SOL|LIQUID|LIQ|TOPICAL SOLUTION
paint: PAINT|GUM PAINT
powder: POWDER|PWD|POW|DUSTING POWDER
granules: GRANULES|GRAN
sachet: SACHET|SACHETS|SACH
inhaler: INHALER|INH|MDI|AUTOHALER|EVOHALER|SYNCHROBREATHE
rotacaps: ROTACAP|ROTACAPS|TRANSCAPS|INHALATION CAPSULE|DPI CAP|REDICAPS
respules: RESPULES|RESPULE|NEBULISER SOLUTION|NEB SOLUTION|RESPIRATOR SOLUTION|REDIRESP
nasal spray: NASAL SPRAY|N/S
spray: SPRAY|MOUTH SPRAY
patch: PATCH|PATCHES|TRANSDERMAL PATCH
suppository: SUPP|SUPPOSITORY|SUPPOSITORIES
pessary: PESSARY|VAGINAL TABLET|VAGINAL TAB|VAGINAL CAPSULE|VAG TAB
enema: ENEMA
mouthwash: MOUTHWASH|MOUTH WASH|GARGLE|MOUTH GARGLE|ORAL RINSE
shampoo: SHAMPOO
soap: SOAP
face wash: FACE WASH|FACEWASH
lozenge: LOZENGE|LOZENGES|LOZ
elixir: ELIXIR
linctus: LINCTUS
expectorant: EXPECTORANT|EXPT|EXP
kit: KIT|COMBIPACK|COMBI PACK
"""
_LETTERS: Final = {"T": "tablet", "C": "capsule", "S": "syrup"}
SOLID: Final = frozenset(
    {"tablet", "capsule", "rotacaps", "suppository", "pessary", "lozenge", "kit", "patch"}
)
# The grams on a tube, a tin or a sachet are what it holds, not how strong it is.
_WEIGHED_NAMES = (
    "cream,ointment,gel,lotion,powder,granules,sachet,soap,paint,eye ointment,eye gel,"
    "face wash,shampoo"
)
WEIGHED: Final = frozenset(_WEIGHED_NAMES.split(","))
UNITS: Final = {
    **dict.fromkeys(("MG", "MGS", "MGM"), ("mg", 1.0)),
    **dict.fromkeys(("MCG", "UG", "ΜG", "MICROGRAM", "MCGM"), ("mcg", 1.0)),
    **dict.fromkeys(("G", "GM", "GMS", "GRAM", "GRAMS"), ("g", 1.0)),
    **dict.fromkeys(("ML", "MLS"), ("ml", 1.0)),
    **dict.fromkeys(("L", "LTR", "LITRE"), ("ml", 1000.0)),
    **dict.fromkeys(("IU", "I.U", "I.U.", "U", "UNIT", "UNITS"), ("IU", 1.0)),
    **dict.fromkeys(("MIU", "MIO"), ("IU", 1e6)),
    **dict.fromkeys(("LAC", "LACS", "LAKH", "LAKHS"), ("IU", 1e5)),
    "K": ("IU", 1e3),
    "MEQ": ("mEq", 1.0),
    "MMOL": ("mmol", 1.0),
    "%": ("%", 1.0),
    "KG": ("g", 1000.0),
}
PER_UNITS: Final = {
    **{name: unit for name, (unit, factor) in UNITS.items() if factor == 1.0 and unit != "%"},
    **dict.fromkeys(("HR", "HRS", "HOUR", "H"), "h"),
    **dict.fromkeys(("DOSE", "DOSES", "PUFF", "ACTUATION", "MD", "SPRAY"), "dose"),
    **dict.fromkeys(("TAB", "TABLET"), "tablet"),
    **dict.fromkeys(("CAP", "CAPSULE"), "capsule"),
    "DAY": "day",
}
# The same molecule, let out otherwise.
_RELEASE_NAMES = (
    "SR XR XL ER CR MR PR OD DR EC DT MD ODT LA SA TR CD XT RETARD TIMECAPS CONTIN OROS "
    "DISTAB KIDTAB KID PAED PEDIATRIC PAEDIATRIC ADULT JUNIOR JR RAPID ACTIVE"
)
RELEASE: Final = frozenset(_RELEASE_NAMES.split())
# Another strength or another content: nobody may guess the molecules from the plain brand.
_VARIANT_NAMES = "FORTE PLUS DS DUO TRIO COMPOUND COLD FLU NEO ULTRA MAX SPAS"
VARIANT: Final = frozenset(_VARIANT_NAMES.split())
MODIFIERS: Final = RELEASE | VARIANT
DISPERSED: Final = frozenset({"DT", "MD", "ODT", "DISTAB", "KIDTAB"})


def form_table() -> dict[tuple[str, ...], str]:
    """The canonical form by the words of each way to write it.

    >>> form_table()[("ORAL", "SUSP")]
    'oral suspension'
    """
    table: dict[tuple[str, ...], str] = {}
    for line in _FORMS.strip().splitlines():
        name, _, spellings = line.partition(": ")
        for spelling in spellings.split("|"):
            table[tuple(spelling.replace("/", " / ").replace(".", " . ").split())] = name
    return table


def leading_letter(letter: str) -> str | None:
    """The form that a doctor's single letter before the brand means ("T. Dolo")."""
    return _LETTERS.get(letter)
