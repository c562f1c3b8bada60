/**
 * Finds what can be started in a directory: the scripts, targets and tasks of the tools whose files lie there.
 * Invariant: files are only read, never run; what is read is bounded, and nothing outside the directory is looked at but
 * what says which package manager it uses. Called by the service manager.
 */
@NullMarked
package io.millrace.channel.script;

import org.jspecify.annotations.NullMarked;
