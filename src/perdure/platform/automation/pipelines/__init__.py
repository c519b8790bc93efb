"""The pipelines of a solution, joined only by names of versioned things."""
