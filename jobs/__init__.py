"""The worker's side: thin jobs that claim a run, call a service and record what came of it."""
