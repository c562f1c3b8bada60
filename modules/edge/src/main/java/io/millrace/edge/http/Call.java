package io.millrace.edge.http;

import io.millrace.api.v1.HandleField;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.handle.Reference;
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

    /** The operation the path names, as it was sent. */
    String operation() {
        return parameters.getFirst();
    }

    /** The job the path names. */
    JobId job() {
        return JobId.parse(parameters.get(1));
    }

    /** What the path names below its channel, as it was sent: an identifier or a handle. */
    String named() {
        return parameters.get(1);
    }

    /**
     * What the path names below its channel.
     *
     * @param subject what it is, to be named if it is a handle that cannot be read
     */
    Reference reference(String subject) {
        String named = named();
        return HandleText.isClaimed(named) ? Reference.to(HandleField.parse(subject, named)) : Reference.byId(named);
    }

    /** The lock the path names. */
    LockName lock() {
        return new LockName(parameters.get(1));
    }
}
