"""Speed, memory and reproducibility of the engine, measured against yardsticks in one run."""
