"""Answers are at least as good as they were, by judgements that people made (skipped where the data is absent)."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kervan_search.engine import open_engine


@pytest.fixture(scope="module")
def measuring() -> ModuleType:
    path = Path(__file__).with_name("relevance.py")
    spec = importlib.util.spec_from_file_location("kervan_relevance", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kervan_relevance"] = module
    spec.loader.exec_module(module)
    if not module.shared_data().is_dir():
        pytest.skip(f"the measuring data is not at {module.shared_data()}")
    return module


async def test_products_are_ranked_clearly_better_than_by_plain_bm25(
    measuring: ModuleType, tmp_path: Path
) -> None:
    engine = open_engine(specs=[measuring.CATALOGUE], data_dir=tmp_path)
    await engine.open()
    assert await measuring.fill(engine, "catalogue", measuring.catalogue()) == 19406
    mean, scores = await measuring.product_relevance(engine)
    assert len(scores) == 41
    assert mean >= 0.79
    await engine.close()


async def test_everyday_terms_lead_to_their_heading(measuring: ModuleType, tmp_path: Path) -> None:
    engine = open_engine(specs=[measuring.HEADINGS], data_dir=tmp_path)
    await engine.open()
    assert await measuring.fill(engine, "headings", measuring.headings()) > 1200
    share, _ = await measuring.heading_relevance(engine)
    assert share >= 0.69
    await engine.close()
