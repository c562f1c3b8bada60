/**
 * How limits that jobs declare are enforced on this machine: control groups where they can be used, limits of the process
 * where not, and a condition that says so where neither works.
 * Invariant: a limit is either enforced or reported as not enforced. Called when a command is started and when it has ended.
 */
@NullMarked
package io.millrace.host.limits;

import org.jspecify.annotations.NullMarked;
