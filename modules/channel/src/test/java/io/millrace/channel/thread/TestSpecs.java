package io.millrace.channel.thread;

import io.millrace.contracts.channel.ChannelSpec;

/** Specifications of channels that differ from the default in one thing. */
final class TestSpecs {
    private TestSpecs() {}

    static ChannelSpec with(ChannelSpec.Threads threads) {
        var usual = ChannelSpec.DEFAULT;
        return new ChannelSpec(
                threads,
                usual.resources(),
                usual.queuedJobsMax(),
                usual.jobKinds(),
                usual.jobTimeout(),
                usual.retention(),
                usual.env(),
                usual.labels());
    }
}
