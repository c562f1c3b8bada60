/**
 * What keeps commands apart from the node and from each other, as far as this machine can: a user of its own per channel,
 * and namespaces of its own per command.
 * Invariant: what is not enforced is said. Called by the process host when it starts a command; looks at files.
 */
@NullMarked
package io.millrace.host.sandbox;

import org.jspecify.annotations.NullMarked;
