/**
 * Services and commands of a channel as pure decisions: which are registered, how far each is, what may start, what follows
 * when one has ended. Everything that becomes true is a {@link io.millrace.domain.process.ProcessChange} that the channel
 * stores before it has an effect, so whoever owns the channel next goes on from the last of them.
 */
@NullMarked
package io.millrace.domain.process;

import org.jspecify.annotations.NullMarked;
