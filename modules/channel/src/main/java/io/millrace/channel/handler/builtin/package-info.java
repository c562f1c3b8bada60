/**
 * Handlers that ship with every node, for first steps, tests and measurements.
 * Invariant: they are ordinary handlers and use nothing that another handler could not; they own their thread and may
 * hold it.
 * Found through {@link java.util.ServiceLoader}.
 */
@NullMarked
package io.millrace.channel.handler.builtin;

import org.jspecify.annotations.NullMarked;
