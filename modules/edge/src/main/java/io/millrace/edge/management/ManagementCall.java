package io.millrace.edge.management;

import io.millrace.edge.http.Exchange;
import io.millrace.edge.http.Query;
import java.util.List;

/**
 * A request of the management endpoint whose route was found.
 *
 * @param exchange the request
 * @param parameters values of the path's parameters, in order
 * @param query checked against what the route takes
 */
record ManagementCall(Exchange exchange, List<String> parameters, Query query) {
    ManagementCall {
        parameters = List.copyOf(parameters);
    }
}
