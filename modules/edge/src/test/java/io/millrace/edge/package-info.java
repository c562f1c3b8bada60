/**
 * What the tests of the edge share: channels held in memory, a server in front of them, a client on the network.
 * Invariant: a test talks to the server as any client would, through a real port.
 */
@NullMarked
package io.millrace.edge;

import org.jspecify.annotations.NullMarked;
