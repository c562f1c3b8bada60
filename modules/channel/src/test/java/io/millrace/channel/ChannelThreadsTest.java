package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.PATIENCE;
import static io.millrace.channel.fixture.TestJobs.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.domain.channel.ChannelEvent;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a channel does for the threads that belong to no job: it hands requests on, makes room, and stays for them. */
class ChannelThreadsTest {
    private final ChannelFixture fixture = ChannelFixture.withRealTime();

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    @Proves("T-03")
    void theDefaultChannelComesIntoBeingWhenItIsAskedForAThread() {
        // given
        ActorRef<Channel.Command> channel = fixture.start(ChannelName.DEFAULT);
        TestProbe<ManagerReply> reply = fixture.testKit().createTestProbe();

        // when
        channel.tell(new ChannelRequest.AskThreads(create(reply)));

        // then
        reaches(ThreadManager.Create.class);
    }

    @Test
    void aChannelThatStartsNoJobsStartsNoThreads() {
        // given
        fixture.start().created();
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Pause::new);
        TestProbe<ManagerReply> reply = fixture.testKit().createTestProbe();

        // when
        fixture.channel().tell(new ChannelRequest.AskThreads(create(reply)));

        // then
        var refused = reply.expectMessageClass(ManagerReply.Refused.class, PATIENCE);
        assertThat(refused.problem().code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(refused.problem().detail()).contains("PAUSED").contains(":resume");

        // when it is asked about those there are
        fixture.channel().tell(new ChannelRequest.AskThreads(new ThreadManager.ListThreads(reply.getRef())));

        // then
        reaches(ThreadManager.ListThreads.class);
    }

    @Test
    void threadsThatRunAreShownWithTheChannel() {
        // given
        fixture.start().created();

        // when
        fixture.report(new ChannelReport.SlotsTaken(3, 3, 0));

        // then
        assertThat(fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                        .channel()
                        .threadsActive())
                .isEqualTo(3);
    }

    @Test
    void anEventOfAThreadIsStoredThoughThereIsNoSuchJob() {
        // given
        fixture.start().created();

        // when
        fixture.report(new ChannelReport.Published(AttemptId.ofThread(id(7)), "order.packed", "{}"));
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new);

        // then
        assertThat(fixture.storedEvents(ChannelEvent.EventPublished.class))
                .extracting(ChannelEvent.EventPublished::job)
                .containsExactly(id(7));
    }

    @Test
    void theThreadsOfADeletedChannelAreEnded() {
        // given
        fixture.start().created();

        // when
        fixture.ask(ChannelReply.Deleting.class, ChannelRequest.Delete::new);

        // then
        reaches(ThreadManager.EndThreads.class);
    }

    /** Waits until the thread manager is told something of a kind. */
    private void reaches(Class<? extends ThreadManager.Command> kind) {
        fixture.threads.fishForMessage(
                PATIENCE,
                message -> kind.isInstance(message) ? FishingOutcomes.complete() : FishingOutcomes.continueAndIgnore());
    }

    private static ThreadManager.Create create(TestProbe<ManagerReply> reply) {
        return new ThreadManager.Create(ThreadSpec.of("noop", null), null, null, null, reply.getRef());
    }
}
