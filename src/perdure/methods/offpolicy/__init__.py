"""What would another policy have earned? Answers from a log of decisions, with their limits.

A log tells for every decision what was done, with which probability, and what followed. From it
the value of a policy that never ran is estimated, by weighting what happened, by a model of what
follows, or by both. Every number carries how much evidence stands behind it, and none is given
where that is too little.
"""
