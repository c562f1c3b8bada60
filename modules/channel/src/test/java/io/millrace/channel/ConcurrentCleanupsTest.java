package io.millrace.channel;

import static io.millrace.channel.fixture.Callers.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.Callers;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.handle.Reference;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many callers who register, execute and remove cleanup tasks of one channel at the same time, with its real managers. */
class ConcurrentCleanupsTest {
    private static final ChannelName BUILD = new ChannelName("build");
    private static final CleanupName SHARED = new CleanupName("shared");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int CALLERS = 20;

    private final OneNode node = new OneNode();
    private final Channels channels = ChannelSystem.start(
                    node.kit.system(), node.services.services(), node.journal, ManagerStarter::startAll)
            .channels();
    private final ChannelCleanups cleanups = channels.cleanups();

    @BeforeEach
    void createChannel() throws Exception {
        node.join();
        await(channels.put(BUILD, ChannelSpec.DEFAULT));
        await(cleanups.register(BUILD, task(SHARED, List.of()), null));
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    @Proves({"G-66", "C-50"})
    void everyCallerGetsACompleteExecutionAndEveryTaskIsThereOnce() throws Exception {
        // when
        List<CleanupResult> results = Callers.values(CALLERS, CleanupResult.class, number -> () -> useCleanups(number));

        // then
        assertThat(results).extracting(CleanupResult::status).containsOnly(CleanupStatus.COMPLETE);
        assertThat(await(cleanups.list(BUILD)))
                .extracting(CleanupView::task)
                .extracting(CleanupTask::name)
                .containsExactly(SHARED);
    }

    /** Registers a task of its own, executes it behind the shared one, and removes it. */
    private CleanupResult useCleanups(int number) throws Exception {
        CleanupName own = new CleanupName("task-" + number);
        await(cleanups.register(BUILD, task(own, List.of(CleanupReference.local(SHARED))), null));
        CleanupResult result = await(cleanups.execute(BUILD, Reference.byId(own.value()), PATIENCE));
        assertThat(await(cleanups.remove(BUILD, Reference.byId(own.value())))).isTrue();
        return result;
    }

    private static CleanupTask task(CleanupName name, List<CleanupReference> dependsOn) {
        return new CleanupTask(
                name, dependsOn, null, new CleanupAction.Release(ReleaseScope.LOCKS), null, null, true, List.of());
    }
}
