package io.millrace.channel.log;

import static io.millrace.channel.fixture.Nothing.nothing;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.InMemoryLogArchive;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogQuery;
import io.millrace.contracts.log.LogStream;
import io.millrace.contracts.process.ProcessName;
import io.millrace.domain.Limits;
import io.millrace.domain.log.LogBlock;
import io.millrace.domain.log.LogLines;
import io.millrace.domain.port.LogArchive;
import io.millrace.domain.port.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LogStoreTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final ChannelName CHANNEL = new ChannelName("logs");
    private static final AttemptId ATTEMPT = new AttemptId(TestJobs.id(1), 1, 1);
    private static final AttemptId OTHER = new AttemptId(TestJobs.id(2), 1, 2);

    private final InMemoryLogArchive stored = new InMemoryLogArchive();
    private final SwitchableArchive archive = new SwitchableArchive(stored);
    private final ChannelServices services = services(archive);
    private final ActorRef<LogWriter.Command> writer = KIT.spawn(LogWriter.create(services));
    private final ActorRef<LogStore.Command> store = store(1);
    private final AtomicInteger credits = new AtomicInteger();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void linesAreReadInOrderWithRisingCursors() {
        // given
        append(ATTEMPT, "a", "b");
        append(OTHER, "c");

        // when
        var page = read(query(null, 0), Duration.ZERO);

        // then
        assertThat(content(page)).containsExactly("a", "b", "c");
        assertThat(page.lines()).extracting(LogLine::cursor).isSorted().doesNotHaveDuplicates();
        assertThat(page.isCaughtUp()).isTrue();
        assertThat(page.isComplete()).isFalse();
        assertThat(page.nextAfter()).isEqualTo(page.lines().getLast().cursor());
    }

    @Test
    void aLaterIncarnationGivesOutHigherCursors() {
        // given
        append(ATTEMPT, "before");
        flush(ATTEMPT);
        long before = read(query(null, 0), Duration.ZERO).nextAfter();

        // when
        var successor = store(2);
        successor.tell(new LogStore.Append(ATTEMPT, block("after"), () -> {}, credits::incrementAndGet));

        // then
        var first = read(successor, query(null, before), Duration.ZERO);
        assertThat(content(first)).containsExactly("after");
        assertThat(first.lines().getFirst().cursor()).isGreaterThan(before);
    }

    @Test
    void aReaderSeesArchiveAndMemoryWithoutGapOrRepeat() {
        // given more than memory holds, read in small pages while lines are added
        var expected = new ArrayList<String>();
        int blocks = Limits.LOG_RING_BYTES_MAX / 30_000 * 3;
        for (int i = 0; i < blocks; i++) {
            String line = i + " " + "x".repeat(30_000);
            expected.add(line);
            append(ATTEMPT, line);
            if (i % 50 == 0) {
                flush(ATTEMPT);
            }
        }

        // when
        var seen = new ArrayList<String>();
        var query = query(null, 0);
        LogPage page;
        do {
            page = read(query, Duration.ZERO);
            seen.addAll(content(page));
            query = query.after(page.nextAfter());
        } while (!page.isCaughtUp());

        // then
        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void aWaitingReaderIsAnsweredByTheNextLineOfItsJob() {
        // given
        append(ATTEMPT, "old");
        long after = read(query(ATTEMPT.job(), 0), Duration.ZERO).nextAfter();
        var reader = startRead(query(ATTEMPT.job(), after), Duration.ofSeconds(8));

        // when another job writes, and then this one
        append(OTHER, "not mine");
        append(ATTEMPT, "mine");

        // then
        assertThat(content(page(reader))).containsExactly("mine");
    }

    @Test
    void aWaitingReaderIsAnsweredByAPromptThatHasNoLineEnd() {
        // given
        var pump = new OutputPump(ATTEMPT, store, OutputTimer.of(KIT.system()), services.instruments());
        var reader = startRead(query(ATTEMPT.job(), 0), Duration.ofSeconds(8));

        // when a process asks a question and waits
        pump.write(LogStream.STDOUT, "Continue? ".getBytes(UTF_8), 0);

        // then
        var page = page(reader);
        assertThat(content(page)).containsExactly("Continue? ");
        assertThat(page.lines()).allMatch(LogLine::isPartial);
    }

    @Test
    void aWaitingReaderIsAnsweredWhenItsTimeIsUp() {
        // when
        var page = read(query(ATTEMPT.job(), 0), Duration.ofMillis(150));

        // then
        assertThat(page.lines()).isEmpty();
        assertThat(page.isCaughtUp()).isTrue();
        assertThat(page.isComplete()).isFalse();
    }

    @Test
    void theEndOfAJobCompletesItsWaitingReaders() {
        // given
        var reader = startRead(query(ATTEMPT.job(), 0), Duration.ofSeconds(8));

        // when
        store.tell(new LogStore.JobEnded(ATTEMPT.job()));

        // then
        assertThat(page(reader).isComplete()).isTrue();
    }

    @Test
    void aReaderOfAnEndedJobIsToldThatNothingFollows() {
        // given
        append(ATTEMPT, "all there is");
        var probe = KIT.<LogStore.Answer>createTestProbe();

        // when
        store.tell(new LogStore.Read(query(ATTEMPT.job(), 0), 5_000, true, probe.getRef()));
        var page = page(probe);
        store.tell(new LogStore.Read(query(ATTEMPT.job(), page.nextAfter()), 5_000, true, probe.getRef()));

        // then
        assertThat(content(page)).containsExactly("all there is");
        assertThat(page(probe).isComplete()).isTrue();
    }

    @Test
    void filtersAreCombined() {
        // given
        append(ATTEMPT, "alpha one", "beta", "alpha two");
        append(OTHER, "alpha elsewhere");
        var encoder = new LogLines.Encoder(64);
        byte[] bytes = "alpha error".getBytes(UTF_8);
        encoder.add(System.currentTimeMillis(), LogStream.STDERR, false, bytes, 0, bytes.length);
        store.tell(new LogStore.Append(ATTEMPT, OutputBlock.of(encoder), () -> {}, credits::incrementAndGet));

        // when
        var page = read(
                new LogQuery(
                        CHANNEL,
                        ATTEMPT.job(),
                        null,
                        0,
                        null,
                        Instant.now().minusSeconds(60),
                        Instant.now().plusSeconds(60),
                        LogStream.STDOUT,
                        "alpha",
                        100),
                Duration.ZERO);

        // then
        assertThat(content(page)).containsExactly("alpha one", "alpha two");
    }

    @Test
    void linesOfAProcessHaveItsNameWhereverTheyAre() {
        // given lines of a process in the archive of an earlier incarnation and in memory, and those of a job between
        var process = new ProcessName("web");
        store.tell(new LogStore.Append(OTHER, block("archived").of(process), () -> {}, credits::incrementAndGet));
        append(ATTEMPT, "of a job");
        flush(OTHER);
        flush(ATTEMPT);
        var successor = store(2);
        successor.tell(new LogStore.Append(OTHER, block("recent").of(process), () -> {}, credits::incrementAndGet));

        // when
        var ofProcess = new LogQuery(CHANNEL, null, OTHER.job(), 0, null, null, null, null, null, 100);
        var tail = new LogQuery(CHANNEL, null, OTHER.job(), 0, 2, null, null, null, null, 100);
        var lines = readAll(successor, ofProcess);

        // then
        assertThat(lines).extracting(LogLine::content).containsExactly("archived", "recent");
        assertThat(lines).extracting(LogLine::processName).containsOnly(process);
        assertThat(read(successor, tail, Duration.ZERO).lines()).isEqualTo(lines);
        assertThat(readAll(successor, query(null, 0)))
                .extracting(LogLine::processName)
                .containsExactly(process, null, process);
    }

    @Test
    void readerThatWaitsForAProcessIsAnsweredWhenItHasEnded() {
        // given
        var ofProcess = new LogQuery(CHANNEL, null, OTHER.job(), 0, null, null, null, null, null, 100);
        var reader = startRead(ofProcess, Duration.ofSeconds(5));
        append(ATTEMPT, "of a job");

        // when
        store.tell(new LogStore.JobEnded(OTHER.job()));

        // then
        var page = page(reader);
        assertThat(page.lines()).isEmpty();
        assertThat(page.isComplete()).isTrue();
    }

    @Test
    void theTailIsTheLastLinesWhereverTheyAre() {
        // given half of the lines in the archive of an earlier incarnation
        append(ATTEMPT, "1", "2", "3");
        flush(ATTEMPT);
        var successor = store(2);
        successor.tell(new LogStore.Append(ATTEMPT, block("4", "5"), () -> {}, credits::incrementAndGet));

        // when
        var page = read(successor, new LogQuery(CHANNEL, null, null, 0, 3, null, null, null, null, 100), Duration.ZERO);

        // then a reader can go on behind it
        assertThat(content(page)).containsExactly("3", "4", "5");
        assertThat(content(read(successor, query(null, page.nextAfter()), Duration.ZERO)))
                .isEmpty();
    }

    @Test
    void flushedMeansDurable() {
        // given
        append(ATTEMPT, "important");

        // when
        flush(ATTEMPT);

        // then
        assertThat(stored.lastCursor(CHANNEL)).isPositive();
    }

    @Test
    void anAttemptWithoutLinesIsFlushedAtOnce() {
        // given an archive that answers nobody
        archive.fail();
        append(OTHER, "stuck");

        // when, then
        flush(ATTEMPT);
    }

    @Test
    void whileTheArchiveIsAwayCreditIsHeldBackAndNothingIsLost() {
        // given
        archive.fail();
        int blocks = 2 * Limits.LOG_UNARCHIVED_BYTES_MAX / 60_000;
        for (int i = 0; i < blocks; i++) {
            append(ATTEMPT, i + " " + "x".repeat(60_000));
        }

        // when all were taken in: readers of memory are served meanwhile
        assertThat(read(query(null, 1L << 40), Duration.ZERO).lines()).isNotEmpty();

        // then only what fits the bound got credit
        assertThat(credits.get() * 60_000L).isLessThanOrEqualTo(Limits.LOG_UNARCHIVED_BYTES_MAX);

        // and when the archive is back, everything is stored and every credit returned
        archive.recover();
        flush(ATTEMPT);
        assertThat(stored.read(CHANNEL, null, 0, Integer.MAX_VALUE)).hasSize(blocks);
        assertThat(credits).hasValue(blocks);
    }

    @Test
    void aReadIsRefusedWhileTheArchiveIsAway() {
        // given lines of an earlier incarnation
        archive.fail();

        // when
        var refused = refusal(startRead(query(null, 0), Duration.ZERO));

        // then
        assertThat(refused.problem().code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(refused.problem().detail()).contains("Nothing is lost");
    }

    @Test
    void oneReaderTooManyIsRefused() {
        // given
        long end = 1L << 40;
        for (int i = 0; i < Limits.FOLLOWERS_MAX; i++) {
            startRead(query(null, end), Duration.ofSeconds(10));
        }

        // when
        var refused = refusal(startRead(query(null, end), Duration.ofSeconds(10)));

        // then
        assertThat(refused.problem().code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
    }

    @Test
    @Proves("B-51")
    void retentionRemovesTheOldestLinesFirst() {
        // given a channel that keeps 100 kB
        store.tell(new LogStore.Configure(withLogBytes(100_000)));

        // when ten times as much is written
        for (int i = 0; i < 100; i++) {
            append(ATTEMPT, i + " " + "x".repeat(10_000));
            flush(ATTEMPT);
        }

        // then the archive holds the newest
        var kept = stored.read(CHANNEL, null, 0, Integer.MAX_VALUE);
        assertThat(kept.stream().mapToInt(block -> block.lines().length).sum()).isLessThan(200_000);
        assertThat(LogLines.decode(kept.getLast()).getLast().content()).startsWith("99 ");
    }

    @Test
    void removingALogLeavesNothing() {
        // given
        append(ATTEMPT, "a", "b");
        flush(ATTEMPT);
        long bytes = stored.read(CHANNEL, null, 0, Integer.MAX_VALUE).getFirst().lines().length;
        var probe = KIT.<LogStore.Removed>createTestProbe();

        // when
        store.tell(new LogStore.RemoveAll(probe.getRef()));
        var removed = probe.receiveMessage(PATIENCE);

        // then
        assertThat(removed.bytes()).isEqualTo(bytes);
        assertThat(read(query(null, 0), Duration.ZERO).lines()).isEmpty();
        assertThat(stored.lastCursor(CHANNEL)).isZero();
    }

    @Test
    void removingTheLinesOfOneLeavesThoseOfOthers() {
        // given lines of two, in memory and in the archive
        append(ATTEMPT, "mine");
        append(OTHER, "theirs");
        append(ATTEMPT, "mine again");
        flush(ATTEMPT);
        var reader = query(null, 0);
        var probe = KIT.<ManagerReply>createTestProbe();

        // when
        store.tell(new LogStore.RemoveLines(ATTEMPT.job(), probe.getRef()));
        var removed = probe.expectMessageClass(LogStore.LinesRemoved.class, PATIENCE);
        append(ATTEMPT, "new");

        // then
        assertThat(removed.bytes()).isPositive();
        assertThat(content(read(reader, Duration.ZERO))).containsExactly("theirs", "new");
        assertThat(content(read(query(ATTEMPT.job(), 0), Duration.ZERO))).containsExactly("new");
        assertThat(stored.read(CHANNEL, OTHER.job(), 0, Integer.MAX_VALUE)).hasSize(1);
    }

    @Test
    void removalsAreDoneOneAfterTheOther() {
        // given
        append(ATTEMPT, "a");
        append(OTHER, "b");
        var probe = KIT.<ManagerReply>createTestProbe();
        archive.fail();

        // when two are asked for while the database is away
        store.tell(new LogStore.RemoveLines(ATTEMPT.job(), probe.getRef()));
        store.tell(new LogStore.RemoveLines(OTHER.job(), probe.getRef()));
        archive.recover();

        // then
        probe.expectMessageClass(LogStore.LinesRemoved.class, PATIENCE);
        probe.expectMessageClass(LogStore.LinesRemoved.class, PATIENCE);
        assertThat(read(query(null, 0), Duration.ZERO).lines()).isEmpty();
        assertThat(stored.lastCursor(CHANNEL)).isZero();
    }

    @Test
    void linesThatComeDuringARemovalStay() {
        // given a removal that waits for the database
        append(ATTEMPT, "before");
        flush(ATTEMPT);
        var probe = KIT.<LogStore.Removed>createTestProbe();
        archive.fail();
        store.tell(new LogStore.RemoveAll(probe.getRef()));

        // when
        append(ATTEMPT, "meanwhile");
        archive.recover();
        probe.receiveMessage(PATIENCE);

        // then
        assertThat(content(read(query(null, 0), Duration.ZERO))).containsExactly("meanwhile");
        flush(ATTEMPT);
        assertThat(stored.read(CHANNEL, null, 0, Integer.MAX_VALUE)).hasSize(1);
    }

    @Test
    void aDefectLosesNoLineAndNoReader() {
        // given
        append(ATTEMPT, "before");
        var reader = startRead(query(OTHER.job(), 0), Duration.ofSeconds(8));

        // when
        store.tell(new LogStore.Configure(nothing()));
        append(ATTEMPT, "after");
        append(OTHER, "for the reader");

        // then
        assertThat(content(read(query(ATTEMPT.job(), 0), Duration.ZERO))).containsExactly("before", "after");
        assertThat(content(page(reader))).containsExactly("for the reader");
    }

    private void append(AttemptId attempt, String... lines) {
        store.tell(new LogStore.Append(attempt, block(lines), () -> {}, credits::incrementAndGet));
    }

    private static OutputBlock block(String... lines) {
        var encoder = new LogLines.Encoder(64);
        for (String line : lines) {
            byte[] bytes = line.getBytes(UTF_8);
            encoder.add(System.currentTimeMillis(), LogStream.STDOUT, false, bytes, 0, bytes.length);
        }
        return OutputBlock.of(encoder);
    }

    private void flush(AttemptId attempt) {
        var probe = KIT.<LogStore.Flushed>createTestProbe();
        store.tell(new LogStore.FlushAttempt(attempt, probe.getRef()));
        assertThat(probe.receiveMessage(PATIENCE).attempt()).isEqualTo(attempt);
    }

    private LogPage read(LogQuery query, Duration wait) {
        return read(store, query, wait);
    }

    private LogPage read(ActorRef<LogStore.Command> from, LogQuery query, Duration wait) {
        LogPage page;
        var next = query;
        do {
            var probe = KIT.<LogStore.Answer>createTestProbe();
            from.tell(new LogStore.Read(next, wait.toMillis(), false, probe.getRef()));
            page = page(probe);
            next = next.after(page.nextAfter());
        } while (page.lines().isEmpty() && !page.isCaughtUp());
        return page;
    }

    private List<LogLine> readAll(ActorRef<LogStore.Command> from, LogQuery query) {
        var lines = new ArrayList<LogLine>();
        LogPage page;
        var next = query;
        do {
            page = read(from, next, Duration.ZERO);
            lines.addAll(page.lines());
            next = next.after(page.nextAfter());
        } while (!page.isCaughtUp());
        return lines;
    }

    private TestProbe<LogStore.Answer> startRead(LogQuery query, Duration wait) {
        var probe = KIT.<LogStore.Answer>createTestProbe();
        store.tell(new LogStore.Read(query, wait.toMillis(), false, probe.getRef()));
        return probe;
    }

    private static LogPage page(TestProbe<LogStore.Answer> probe) {
        return ((LogStore.Lines) probe.receiveMessage(PATIENCE)).page();
    }

    private static LogStore.Refused refusal(TestProbe<LogStore.Answer> probe) {
        return (LogStore.Refused) probe.receiveMessage(PATIENCE);
    }

    private static List<String> content(LogPage page) {
        return page.lines().stream().map(LogLine::content).toList();
    }

    private static LogQuery query(@Nullable JobId job, long after) {
        return new LogQuery(CHANNEL, job, null, after, null, null, null, null, null, 1_000);
    }

    private ActorRef<LogStore.Command> store(long incarnation) {
        return KIT.spawn(LogStore.create(CHANNEL, ChannelSpec.DEFAULT, incarnation, services, writer));
    }

    private static ChannelSpec withLogBytes(long bytes) {
        var spec = ChannelSpec.DEFAULT;
        return new ChannelSpec(
                spec.threads(),
                spec.resources(),
                spec.queuedJobsMax(),
                spec.jobKinds(),
                spec.jobTimeout(),
                new ChannelSpec.Retention(
                        spec.retention().jobs(), bytes, spec.retention().events()),
                spec.env(),
                spec.labels());
    }

    private static ChannelServices services(LogArchive archive) {
        var services = new TestServices().services();
        return new ChannelServices(
                services.node(),
                services.dataDirectory(),
                services.codec(),
                services.handlers(),
                services.handlerPermits(),
                services.processes(),
                services.processLease(),
                services.readModel(),
                archive,
                services.blocking(),
                services.instruments(),
                services.seals(),
                services.stackSizes(),
                TestServices.NODE_LIMITS,
                services.http());
    }

    /** An archive whose database can be away. */
    private static final class SwitchableArchive implements LogArchive {
        private final LogArchive archive;
        private volatile boolean isAway;

        SwitchableArchive(LogArchive archive) {
            this.archive = archive;
        }

        void fail() {
            isAway = true;
        }

        void recover() {
            isAway = false;
        }

        private LogArchive reached() {
            if (isAway) {
                throw new StorageException("the database is away", new IllegalStateException());
            }
            return archive;
        }

        @Override
        public void append(List<LogBlock> blocks) {
            reached().append(blocks);
        }

        @Override
        public List<LogBlock> read(ChannelName channel, @Nullable JobId job, long afterCursor, int bytesMax) {
            return reached().read(channel, job, afterCursor, bytesMax);
        }

        @Override
        public List<LogBlock> readBackwards(ChannelName channel, @Nullable JobId job, long beforeCursor, int bytesMax) {
            return reached().readBackwards(channel, job, beforeCursor, bytesMax);
        }

        @Override
        public long lastCursor(ChannelName channel) {
            return reached().lastCursor(channel);
        }

        @Override
        public long trim(ChannelName channel, long bytesMax) {
            return reached().trim(channel, bytesMax);
        }

        @Override
        public long removeUpTo(ChannelName channel, @Nullable JobId job, long cursor) {
            return reached().removeUpTo(channel, job, cursor);
        }
    }
}
