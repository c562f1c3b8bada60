/**
 * Incidents of the cluster: their one manager, the way to it from every node, and the reports of channels on their way
 * there. Invariant: the manager is the only writer of its journal, and answers only with what is stored. Channels tell the
 * reporter of their node; the management endpoint asks through {@link io.millrace.contracts.incident.Incidents}.
 */
@NullMarked
package io.millrace.channel.incident;

import org.jspecify.annotations.NullMarked;
