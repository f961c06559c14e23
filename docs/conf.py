"""Settings of the documentation: Sphinx, MyST and Furo, built without a network.

Pages that can be read off the code are written by `_generate` when the build begins, figures of the
formal models by `_figures`; `_markup` says how formulas and docstrings become pages.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # figures are small

import _generate  # noqa: E402  (found in this folder)
import _markup  # noqa: E402

project = "vertikal"
author = "The vertikal authors"
copyright = "the vertikal authors"
html_title = "vertikal"
html_theme = "furo"
html_show_sphinx = False
html_copy_source = False
html_static_path: list[str] = []

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "examples"]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
myst_fence_as_directive: list[str] = []

html_math_renderer = "mathml"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_attr_annotations = False
napoleon_custom_sections = [
    "Example",
    "Rules",
    "Source",
    "Verified",
    ("Class keywords", "params_style"),
]
python_use_unqualified_type_names = True
suppress_warnings = ["ref.python"]  # two classes may have one name in different rooms


def setup(app):
    """Connect the steps of this folder to the build."""
    _markup.connect(app)
    app.connect("builder-inited", _generate.write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
