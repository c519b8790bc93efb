"""One page per solution, from its manifest."""

from __future__ import annotations

import importlib

from perdure.kernel.discovery import solutions
from perdure.kernel.solution import IntendedUse, Solution
from tools.reference.markdown import cell, code, docstring, page, table
from tools.reference.python_api import package


def pages() -> dict[str, str]:
    """A page for each solution, and the list of them."""
    made = {f"solutions/{name}.md": _page(found) for name, found in solutions().items()}
    rows = [
        [f"[{found.title}]({name}.md)", cell(found.question), found.kind, found.entity]
        for name, found in solutions().items()
    ]
    listed = table(["solution", "question", "kind", "about"], rows)
    made["solutions/index.md"] = page("Solutions", "Each answers one question.", listed)
    return made


def _page(solution: Solution) -> str:
    return page(
        solution.title,
        f"**{solution.question}**",
        _told(solution),
        "## Commands",
        _commands(solution),
        "## Facts",
        table(["", ""], _facts(solution)),
        *_endpoints(solution),
        *_downloads(solution),
        *(_use(solution.use) if solution.use else ()),
    )


def _told(solution: Solution) -> str:
    """What the solution's own package says about itself."""
    path = solution.settings.partition(":")[0].rpartition(".")[0].removeprefix("perdure.")
    module = package()[path] if path.startswith("solutions.") else None
    return docstring(module.docstring.value) if module is not None and module.docstring else ""


def _commands(solution: Solution) -> str:
    name = solution.name
    told = [(f"perdure run {name}", "training, then whether the model answers")]
    if solution.features:
        told = [(f"perdure run {name}", "features, training, scores")]
    if solution.propose:
        told.append((f"perdure decide {name}", "decisions from the newest scores"))
    told += [
        (f"perdure monitor {name}", "is it still right?"),
        (f"perdure config {name} --explain", "settings and where each comes from"),
    ]
    if solution.bench:
        told.append((f"perdure bench {name} --data PATH", "measured with its honest protocol"))
    told += [
        (f"perdure bench {bench} --data PATH", _first_line(reference))
        for bench, reference in solution.benches.items()
    ]
    told += [
        (f"perdure data import {importer} PATH", _first_line(reference))
        for importer, reference in solution.importers.items()
    ]
    width = max(len(command) for command, _meaning in told) + 3
    lines = [f"{command:<{width}}{meaning}" for command, meaning in told]
    return "```text\n" + "\n".join(lines) + "\n```"


def _first_line(reference: str) -> str:
    """What the module of an importer or a benchmark says about itself."""
    module = importlib.import_module(reference.partition(":")[0])
    return (module.__doc__ or "").partition("\n")[0]


def _facts(solution: Solution) -> list[list[str]]:
    tables = [f"[{t.name}](../reference/tables.md#{t.name})" for t in solution.code("tables")]
    better = "higher" if solution.greater_is_better else "lower"
    return [
        ["kind", solution.kind],
        ["asked about", solution.entity],
        ["seed", solution.seed],
        ["owner", cell(solution.owner)],
        ["schedule", code(solution.schedule)],
        ["judged by", f"`{solution.primary_metric}`, {better} is better"],
        ["baselines", ", ".join(map(code, solution.baselines))],
        ["tables", ", ".join(tables)],
        ["settings", f"[settings](../reference/settings.md#{solution.name})"],
        ["learns from", _learns_from(solution)],
        ["pages", ", ".join(f"{p.title} ({p.path})" for p in solution.pages) or "the shared ones"],
    ]


def _learns_from(solution: Solution) -> str:
    if solution.features:
        return f"[features](../reference/features.md#features-of-{solution.name})"
    return ", ".join(f"[{name}](../reference/tables.md#{name})" for name in solution.learns_from)


def _endpoints(solution: Solution) -> list[str]:
    if not solution.endpoints:
        return []
    rows = [
        [code(f"{e.method} {e.address(solution.name)}"), cell(e.summary), e.policy]
        for e in solution.endpoints
    ]
    return [
        "## Endpoints",
        "What they take and give is in `/api/v1/openapi.json`.",
        table(["address", "what", "who may call"], rows),
    ]


def _downloads(solution: Solution) -> list[str]:
    if not solution.downloads:
        return []
    rows = [
        [
            code(d.name),
            cell(d.title),
            f"[{'page' if d.page else 'file'}]({d.address})",
            cell(d.licence),
        ]
        for d in solution.code("downloads")
    ]
    return [
        "## Public files",
        "`perdure data get NAME` fetches one, after asking.",
        table(["name", "what", "address", "licence"], rows),
    ]


def _use(use: IntendedUse) -> list[str]:
    rows = [
        ["developer", use.developer],
        ["funding", use.funding],
        ["intended use", use.intended_use],
        ["population", use.population],
        ["users", use.users],
        ["role in the decision", use.decision_role],
        ["fairness", use.fairness_approach],
        ["sensitive features", use.sensitive_features],
    ]
    cautions = "\n".join(f"- {text}" for text in use.cautions)
    limits = "\n".join(f"- {text}" for text in use.limitations)
    return [
        "## Intended use",
        table(["", ""], [[name, cell(text)] for name, text in rows]),
        f"**Cautions**\n\n{cautions}" if cautions else "",
        f"**Limitations**\n\n{limits}" if limits else "",
    ]
