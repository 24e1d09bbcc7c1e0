/**
 * Bytes of one cell that the launcher has read and the kernel has not: a program that writes to the
 * cell's pipe without end would else fill the kernel's memory.
 */
export const AHEAD_BYTES = 4 * 1024 * 1024;
