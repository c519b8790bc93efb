"""Kill -9 at random points of the real work, then ask what survived.

``python -m tools.kill_sweep --kills 200 [--seed N] [--only NAME] [--jobs 2] [--json]``

Each scenario is a piece of real work in a project folder. It is first done once without a kill.
Then it is started again on fresh copies and killed, half of the times after a random moment and
half after a random number of changes to files, so that short writes are hit as often as long
computation. After each kill a new process checks that nothing acknowledged is lost and nothing
half done can be seen; then the work is started again on the same folder until it comes to its
end, which must be the same as without a kill.
"""
