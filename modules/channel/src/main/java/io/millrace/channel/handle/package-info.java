/**
 * Seals of handles, and the checks of a handle that comes back.
 * Invariant: nothing here keeps state or does anything; the managers refuse a command by what is found here.
 * Used by the thread manager and the lock manager on every command that carries a handle.
 */
@NullMarked
package io.millrace.channel.handle;

import org.jspecify.annotations.NullMarked;
