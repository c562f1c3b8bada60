/**
 * Incidents: what went wrong in a channel and needs a person, from its first report until that person has closed it.
 * Invariant: of one thing that goes wrong in one channel there is at most one incident that is not closed. Served by the
 * incident manager, of which a cluster has one; asked by the management endpoint, told by the managers of channels.
 */
@NullMarked
package io.millrace.contracts.incident;

import org.jspecify.annotations.NullMarked;
