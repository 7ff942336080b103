// Settings of V8 that suit the simulator; results are the same without them.

/**
 * A run leaves all its objects behind at once. V8 takes those that happened to be alive in a collection for long-lived, allocates
 * their like in the old generation from then on, and there, dead but not yet collected, they keep all the rest of their runs alive.
 */
export const engineFlags = ['--no-allocation-site-pretenuring']
