package io.millrace.contracts.handle;

import io.millrace.contracts.ChannelName;
import java.time.Instant;
import java.util.List;

/**
 * Result of comparing what a channel believes it has with what is really there.
 *
 * @param itemsChecked threads, leases, mailboxes or resources that were looked at
 * @param violations what does not belong there, empty if the channel is isolated
 */
public record IsolationReport(ChannelName channel, Instant checkedAt, int itemsChecked, List<Breach> violations) {
    public IsolationReport {
        violations = List.copyOf(violations);
    }

    /** True if nothing was found. */
    public boolean isolated() {
        return violations.isEmpty();
    }

    /**
     * Something that does not belong where it was found.
     *
     * @param subject its name, as a thread dump or a list shows it
     * @param kind {@code thread}, {@code lease}, {@code mailbox} or {@code resource}
     * @param detail what it is, and what was done about it
     */
    public record Breach(String subject, String kind, String detail) {}
}
