package io.millrace.edge.http;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.lock.LockName;
import java.util.List;

/**
 * A request whose operation was found.
 *
 * @param exchange the request
 * @param parameters values of the path's parameters, in order
 * @param query checked against what the operation takes
 */
record Call(Exchange exchange, List<String> parameters, Query query) {

    /** The channel the path names. */
    ChannelName channel() {
        return new ChannelName(parameters.get(0));
    }

    /** The job the path names. */
    JobId job() {
        return JobId.parse(parameters.get(1));
    }

    /** The thread the path names: by its identifier, or by its handle. */
    String thread() {
        return parameters.get(1);
    }

    /** The lock the path names. */
    LockName lock() {
        return new LockName(parameters.get(1));
    }
}
