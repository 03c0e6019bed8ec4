import json
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_a_flood_by_one_at_most_doubles_another_s_time_to_the_first_token(model_folder):
    benchmark = [sys.executable, "-m", "benchmarks.fairness", "--rounds", "4", "--json"]
    waits = json.loads(subprocess.run(benchmark, capture_output=True, check=True, text=True).stdout)
    assert len(waits) == 2
    assert all(wait["ratio"] <= 2 for wait in waits), waits
