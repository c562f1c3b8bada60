package io.millrace.channel.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.ChannelCommand.AttemptResources;
import io.millrace.domain.resource.NotedResource;
import io.millrace.domain.resource.ResourceAccount;
import io.millrace.domain.resource.ResourceLedger;
import io.millrace.domain.resource.ResourceWish;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What attempts have held for some time is noted when it has changed, and only then. */
class HeldNotesTest {
    private static final JobId JOB = new JobId(1, 1);
    private static final Owner ATTEMPT = new Owner("job attempt 1", JOB, 7);
    private static final Owner THREAD = new Owner("thread", new JobId(1, 2), 0);

    private final ResourceLedger ledger = new ResourceLedger(ResourceAccount.limitsOf(ChannelSpec.DEFAULT));
    private final HeldNotes notes = new HeldNotes();
    private Moment now = new Moment(0, 1_750_000_000_000L);
    private long lastWish;

    @Test
    void whatLastsIsNotedOnceAndAnewWhenItHasChanged() {
        grant(ATTEMPT, "first");
        assertThat(changed()).isEmpty();

        pass(Limits.RESOURCES_NOTED_AFTER);
        assertThat(changed()).containsExactly(held("first"));
        assertThat(changed()).isEmpty();

        grant(ATTEMPT, "second");
        pass(Limits.RESOURCES_NOTED_AFTER);
        assertThat(changed()).containsExactly(held("first", "second"));
    }

    @Test
    void whatWasGivenBackIsNotedAsGone() {
        grant(ATTEMPT, "first");
        pass(Limits.RESOURCES_NOTED_AFTER);
        changed();

        ledger.release("first", ReleaseReason.RELEASED, now);
        ledger.returned(List.of("first"), now);

        assertThat(changed()).containsExactly(held());
        assertThat(notes.isNeeded(ledger)).isFalse();
    }

    @Test
    void whatIsHeldForAMomentLeavesNoNote() {
        grant(ATTEMPT, "first");
        ledger.release("first", ReleaseReason.RELEASED, now);
        pass(Limits.RESOURCES_NOTED_AFTER);

        assertThat(changed()).isEmpty();
    }

    @Test
    void nothingIsNotedOfThreadsAndOfOthersThanAttempts() {
        grant(THREAD, "first");
        grant(Owner.named("ann"), "second");
        pass(Limits.RESOURCES_NOTED_AFTER);

        assertThat(changed()).isEmpty();
    }

    private void grant(Owner owner, String id) {
        var handle = new Handle(HandleType.RESOURCE, id, new ChannelName("build"), 1, "node-1", "seal");
        var part = new ResourceWish.Part(handle, ResourceType.FILES, 1);
        ledger.wish(new ResourceWish(++lastWish, owner, List.of(part), 0, 0, false), now);
        ledger.taken(lastWish, Set.of(), now);
    }

    private void pass(Duration time) {
        now = new Moment(now.nanos() + time.toNanos(), now.millis() + time.toMillis());
    }

    private List<AttemptResources> changed() {
        return notes.changed(ledger, now);
    }

    private static AttemptResources held(String... ids) {
        List<NotedResource> files = ids.length == 0
                ? List.of()
                : List.of(new NotedResource(ResourceType.FILES, null, ids.length, ids.length, List.of(ids)));
        return new AttemptResources(JOB, ATTEMPT.epoch(), files);
    }
}
