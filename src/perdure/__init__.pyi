from perdure.kernel.errors import PerdureError as PerdureError
from perdure.kernel.features import Aggregation as Aggregation
from perdure.kernel.features import FeatureSet as FeatureSet
from perdure.kernel.features import FeatureView as FeatureView
from perdure.kernel.labels import LabelContract as LabelContract
from perdure.kernel.solution import Solution as Solution
from perdure.kernel.tables import Column as Column
from perdure.kernel.tables import TableContract as TableContract
from perdure.platform.automation.pipelines.steps import run_step as run_step
from perdure.platform.automation.pipelines.work import open_work as open_work
from perdure.platform.storage.project import Project as Project

__version__: str
