/** A server in the JVM of the test, with a host that only writes down what it is asked for. */
@NullMarked
package io.millrace.host.server;

import org.jspecify.annotations.NullMarked;
