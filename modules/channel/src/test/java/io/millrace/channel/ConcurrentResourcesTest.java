package io.millrace.channel;

import static io.millrace.channel.fixture.Callers.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.Callers;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.ResourceMetrics;
import io.millrace.contracts.resource.ResourceView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many callers of the resources of channels at the same time, with the real managers and real memory. */
class ConcurrentResourcesTest {
    private static final int CALLERS = 20;
    private static final int ROUNDS = 5;
    private static final int FILES = 3;
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final Set<ResourceType> ALL = Set.of(ResourceType.values());

    private static final OneNode NODE = new OneNode();
    private static final Channels CHANNELS = ChannelSystem.start(
                    NODE.kit.system(), NODE.services.services(), NODE.journal, ManagerStarter::startAll)
            .channels();

    private static int channelsUsed;

    private final ChannelResources resources = CHANNELS.resources();
    private final AtomicInteger inside = new AtomicInteger();
    private ChannelName channel = ChannelName.DEFAULT;

    @BeforeAll
    static void join() {
        NODE.join();
    }

    @AfterAll
    static void stop() {
        NODE.close();
    }

    @BeforeEach
    void createChannel() throws Exception {
        channel = create();
    }

    private static ChannelName create() throws Exception {
        ChannelName created = new ChannelName("channel-" + ++channelsUsed);
        await(CHANNELS.put(created, withFiles(FILES)));
        return created;
    }

    @Test
    @Proves({"R-47", "G-66"})
    void noMoreIsHeldAtATimeThanThereIsAndAllIsBackInTheEnd() throws Exception {
        // when
        List<Integer> most = Callers.values(CALLERS, Integer.class, number -> () -> holdAgainAndAgain(number));

        // then
        assertThat(Collections.max(most)).isBetween(1, FILES);
        ResourceMetrics.Totals files = totals(ResourceType.FILES);
        assertThat(files.inUse()).isZero();
        assertThat(files.available()).isEqualTo(FILES);
        assertThat(files.peak()).isEqualTo(FILES);
        assertThat(files.granted()).isEqualTo(CALLERS * ROUNDS).isEqualTo(files.released());
        assertThat(files.waiters() + files.refused()).isZero();
    }

    /** @return the most holders that were seen while this one held a file */
    private int holdAgainAndAgain(int number) throws Exception {
        int most = 0;
        for (int round = 0; round < ROUNDS; round++) {
            ResourceView file = allocate(channel, number, new AllocationRequest(ResourceType.FILES, 1, WAIT, null));
            most = Math.max(most, inside.incrementAndGet());
            inside.decrementAndGet();
            assertThat(await(resources.release(channel, Reference.to(file.handle()))))
                    .isTrue();
        }
        return most;
    }

    @Test
    @Proves({"R-48", "D-16", "G-66"})
    void everybodyReadsWhatTheyWroteInTwoChannelsThatAreCheckedMeanwhile() throws Exception {
        // given
        List<ChannelName> both = List.of(channel, create());

        // when every caller uses buffers of one channel, while every tenth of them looks for breaches in both
        List<Boolean> sound = Callers.values(
                CALLERS,
                Boolean.class,
                number -> () -> number % 10 == 0 ? isIsolated(both) : isMine(both.get(number % 2), number));

        // then
        assertThat(sound).containsOnly(true);
        assertThat(isIsolated(both)).isTrue();
        for (ChannelName one : both) {
            assertThat(await(resources.metrics(one)))
                    .allSatisfy(ofType -> assertThat(ofType.totals().inUse()).isZero());
        }
        assertThat(NODE.services.instruments.bufferBytesInUse().value()).isZero();
        assertThat(NODE.services.instruments.bufferBytesCommitted().value()).isPositive();
    }

    /** True if a new buffer was empty every time, and held what was written to it until it was given back. */
    private boolean isMine(ChannelName of, int number) throws Exception {
        byte[] content = new byte[40_000];
        Arrays.fill(content, (byte) (number + 1));
        boolean isMine = true;
        for (int round = 0; round < ROUNDS; round++) {
            ResourceView buffer = allocate(of, number, AllocationRequest.of(ResourceType.BUFFER, content.length));
            Reference reference = Reference.to(buffer.handle());
            isMine &= Arrays.equals(await(resources.read(of, reference)), new byte[content.length]);
            await(resources.write(of, reference, content));
            isMine &= Arrays.equals(await(resources.read(of, reference)), content);
            assertThat(await(resources.release(of, reference))).isTrue();
        }
        return isMine;
    }

    private boolean isIsolated(List<ChannelName> all) throws Exception {
        boolean isIsolated = true;
        for (ChannelName one : all) {
            IsolationReport report = await(resources.verifyIsolation(one));
            isIsolated &= report.isolated();
        }
        return isIsolated;
    }

    @Test
    @Proves("R-03")
    void whoNamesNoChannelOfTheirOwnIsChargedInTheDefaultOneByTheSameRules() throws Exception {
        // when
        ResourceView held = allocate(ChannelName.DEFAULT, 0, AllocationRequest.of(ResourceType.FILES, 2));

        // then
        assertThat(held.handle().channel()).isEqualTo(ChannelName.DEFAULT);
        assertThat(inUseInDefault()).isEqualTo(2);
        assertThat(totals(ResourceType.FILES).inUse()).isZero();
        assertThat(await(resources.verifyIsolation(ChannelName.DEFAULT)).isolated())
                .isTrue();
        assertThat(await(resources.release(ChannelName.DEFAULT, Reference.to(held.handle()))))
                .isTrue();
        assertThat(inUseInDefault()).isZero();
    }

    private long inUseInDefault() throws Exception {
        return await(resources.limits(ChannelName.DEFAULT, Set.of(ResourceType.FILES)))
                .getFirst()
                .inUse();
    }

    @Test
    @Proves({"R-04", "G-66"})
    void oneOfManyGivesBackWhatAllGiveBack() throws Exception {
        // given
        ResourceView held = allocate(channel, 0, AllocationRequest.of(ResourceType.FILES, 2));

        // when
        List<Boolean> released = Callers.values(
                CALLERS, Boolean.class, _ -> () -> await(resources.release(channel, Reference.to(held.handle()))));

        // then
        assertThat(released).containsOnlyOnce(true);
        assertThat(totals(ResourceType.FILES).released()).isEqualTo(1);
        assertThat(totals(ResourceType.FILES).available()).isEqualTo(FILES);
    }

    @Test
    @Proves({"R-41", "G-66"})
    void whatWasReadStaysAsItWasWhileResourcesComeAndGo() throws Exception {
        // given
        allocate(channel, 0, AllocationRequest.of(ResourceType.MEMORY, 1_000));
        List<ResourceView> held = await(resources.list(channel));
        List<ResourceMetrics> metrics = await(resources.metrics(channel));
        List<ResourceView> heldThen = new ArrayList<>(held);
        List<ResourceMetrics> metricsThen = new ArrayList<>(metrics);

        // when
        List<Object> outcomes = Callers.outcomes(
                CALLERS,
                number -> () -> number % 2 == 0
                        ? allocate(channel, number, AllocationRequest.of(ResourceType.MEMORY, 1))
                        : await(resources.list(channel)).size()
                                + await(resources.limits(channel, ALL)).size());

        // then
        assertThat(outcomes).noneMatch(Exception.class::isInstance);
        assertThat(held).isEqualTo(heldThen);
        assertThat(metrics).isEqualTo(metricsThen);
        assertThat(await(resources.list(channel))).hasSize(1 + CALLERS / 2);
    }

    private ResourceView allocate(ChannelName of, int caller, AllocationRequest request) throws Exception {
        return await(resources.allocate(of, Owner.named("caller-" + caller), request, null))
                .resource();
    }

    private ResourceMetrics.Totals totals(ResourceType type) throws Exception {
        return await(resources.metrics(channel)).stream()
                .filter(ofType -> ofType.type() == type)
                .findFirst()
                .orElseThrow()
                .totals();
    }

    private static ChannelSpec withFiles(int files) {
        ChannelSpec all = ChannelSpec.DEFAULT;
        return new ChannelSpec(
                all.threads(),
                new ChannelSpec.Resources(
                        all.resources().buffers(),
                        all.resources().memoryBytes(),
                        files,
                        all.resources().processes()),
                all.queuedJobsMax(),
                all.jobKinds(),
                all.jobTimeout(),
                all.retention(),
                all.env(),
                all.labels());
    }
}
