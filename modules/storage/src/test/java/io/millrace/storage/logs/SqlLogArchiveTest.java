package io.millrace.storage.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.domain.log.LogBlock;
import io.millrace.domain.port.LogArchive;
import io.millrace.storage.Storage;
import io.millrace.storage.StorageSettings;
import io.millrace.storage.TestCodec;
import io.millrace.storage.TestDatabases;
import io.millrace.storage.database.DatabaseAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SqlLogArchiveTest {
    private static final ChannelName ORDERS = new ChannelName("orders");
    private static final ChannelName MAIL = new ChannelName("mail");
    private static final JobId FIRST = new JobId(1L << 40, 1);
    private static final JobId SECOND = new JobId(1L << 40, 2);
    private static final int ALL = Integer.MAX_VALUE;

    private final DatabaseAddress address = TestDatabases.fresh();
    private final Storage storage = Storage.open(address, StorageSettings.DEFAULT, new TestCodec());
    private final LogArchive archive = storage.logArchive();

    @AfterAll
    void close() {
        storage.close();
    }

    @BeforeEach
    void empty() {
        archive.removeUpTo(ORDERS, null, Long.MAX_VALUE);
        archive.removeUpTo(MAIL, null, Long.MAX_VALUE);
    }

    private static LogBlock block(ChannelName channel, JobId job, long firstCursor, int lines, int bytes) {
        byte[] text = new byte[bytes];
        Arrays.fill(text, (byte) firstCursor);
        return new LogBlock(channel, job, 1, firstCursor, lines, 1_000 + firstCursor, 2_000 + firstCursor, text);
    }

    private static List<Long> cursors(List<LogBlock> blocks) {
        return blocks.stream().map(LogBlock::firstCursor).toList();
    }

    @Test
    void blocksComeBackAsTheyWereStored() {
        // given
        LogBlock block = block(ORDERS, SECOND, 7, 3, 20);

        // when
        archive.append(List.of(block));

        // then
        assertThat(archive.read(ORDERS, SECOND, 0, ALL)).singleElement().satisfies(read -> {
            assertThat(read).usingRecursiveComparison().isEqualTo(block);
            assertThat(read.lastCursor()).isEqualTo(9);
        });
    }

    @Test
    void readingForwardBeginsWithTheBlockThatHoldsTheNextLine() {
        // given
        archive.append(List.of(
                block(ORDERS, FIRST, 1, 10, 5),
                block(ORDERS, SECOND, 11, 10, 5),
                block(ORDERS, FIRST, 21, 10, 5),
                block(MAIL, FIRST, 21, 10, 5)));

        // then
        assertThat(cursors(archive.read(ORDERS, null, 0, ALL))).containsExactly(1L, 11L, 21L);
        assertThat(cursors(archive.read(ORDERS, null, 9, ALL))).containsExactly(1L, 11L, 21L);
        assertThat(cursors(archive.read(ORDERS, null, 10, ALL))).containsExactly(11L, 21L);
        assertThat(cursors(archive.read(ORDERS, FIRST, 5, ALL))).containsExactly(1L, 21L);
        assertThat(cursors(archive.read(ORDERS, FIRST, 10, ALL))).containsExactly(21L);
        assertThat(archive.read(ORDERS, null, 30, ALL)).isEmpty();
    }

    @Test
    void readingBackwardsBeginsWithTheNewestBlock() {
        // given
        archive.append(List.of(
                block(ORDERS, FIRST, 1, 10, 5), block(ORDERS, SECOND, 11, 10, 5), block(ORDERS, FIRST, 21, 10, 5)));

        // then
        assertThat(cursors(archive.readBackwards(ORDERS, null, Long.MAX_VALUE, ALL)))
                .containsExactly(21L, 11L, 1L);
        assertThat(cursors(archive.readBackwards(ORDERS, null, 21, ALL))).containsExactly(11L, 1L);
        assertThat(cursors(archive.readBackwards(ORDERS, null, 22, ALL))).containsExactly(21L, 11L, 1L);
        assertThat(cursors(archive.readBackwards(ORDERS, SECOND, Long.MAX_VALUE, ALL)))
                .containsExactly(11L);
    }

    @Test
    void readingStopsBeforeTooManyBytesButNotBeforeOneBlock() {
        // given
        archive.append(List.of(
                block(ORDERS, FIRST, 1, 1, 100), block(ORDERS, FIRST, 2, 1, 100), block(ORDERS, FIRST, 3, 1, 100)));

        // then
        assertThat(cursors(archive.read(ORDERS, null, 0, 200))).containsExactly(1L, 2L);
        assertThat(cursors(archive.read(ORDERS, null, 0, 10))).containsExactly(1L);
        assertThat(cursors(archive.readBackwards(ORDERS, null, 4, 10))).containsExactly(3L);
    }

    @Test
    void aBlockThatIsSentAgainIsStoredOnce() {
        // given
        LogBlock block = block(ORDERS, FIRST, 1, 1, 100);
        archive.append(List.of(block));

        // when
        archive.append(List.of(block, block(ORDERS, FIRST, 2, 1, 50)));

        // then
        assertThat(cursors(archive.read(ORDERS, null, 0, ALL))).containsExactly(1L, 2L);
        assertThat(TestDatabases.number(address, "SELECT bytes FROM log_totals WHERE channel = 'orders'"))
                .isEqualTo(150);
    }

    @Test
    void trimmingRemovesTheOldestBlocksUntilTheRestFits() {
        // given
        archive.append(List.of(
                block(ORDERS, FIRST, 1, 1, 100),
                block(ORDERS, FIRST, 2, 1, 100),
                block(ORDERS, FIRST, 3, 1, 100),
                block(MAIL, FIRST, 1, 1, 100)));

        // when
        long removed = archive.trim(ORDERS, 150);

        // then
        assertThat(removed).isEqualTo(200);
        assertThat(cursors(archive.read(ORDERS, null, 0, ALL))).containsExactly(3L);
        assertThat(archive.trim(ORDERS, 150)).isZero();
        assertThat(cursors(archive.read(MAIL, null, 0, ALL))).containsExactly(1L);
    }

    @Test
    void theLastCursorIsTheOneOfTheNewestLine() {
        // given
        assertThat(archive.lastCursor(ORDERS)).isZero();

        // when
        archive.append(List.of(block(ORDERS, FIRST, 11, 10, 5), block(ORDERS, SECOND, 1, 10, 5)));

        // then
        assertThat(archive.lastCursor(ORDERS)).isEqualTo(20);
    }

    @Test
    void aChannelIsEmptiedWithoutTouchingOthers() {
        // given
        LogBlock block = block(ORDERS, FIRST, 1, 1, 5);
        archive.append(List.of(block, block(MAIL, FIRST, 1, 1, 5)));

        // when
        long removed = archive.removeUpTo(ORDERS, null, Long.MAX_VALUE);

        // then
        assertThat(removed).isEqualTo(block.lines().length);
        assertThat(archive.read(ORDERS, null, 0, ALL)).isEmpty();
        assertThat(archive.trim(ORDERS, 0)).isZero();
        assertThat(cursors(archive.read(MAIL, null, 0, ALL))).containsExactly(1L);
    }

    @Test
    void theLinesOfOneAreRemovedWithoutTouchingThoseOfOthers() {
        // given
        LogBlock block = block(ORDERS, FIRST, 1, 1, 5);
        archive.append(List.of(
                block, block(ORDERS, SECOND, 2, 1, 5), block(ORDERS, FIRST, 3, 1, 5), block(MAIL, FIRST, 1, 1, 5)));

        // when
        long removed = archive.removeUpTo(ORDERS, FIRST, 2);

        // then
        assertThat(removed).isEqualTo(block.lines().length);
        assertThat(cursors(archive.read(ORDERS, null, 0, ALL))).containsExactly(2L, 3L);
        assertThat(cursors(archive.read(MAIL, null, 0, ALL))).containsExactly(1L);
        assertThat(TestDatabases.number(address, "SELECT bytes FROM log_totals WHERE channel = 'orders'"))
                .isEqualTo(2 * block.lines().length);
    }

    @Test
    void whatIsWrittenBehindTheCursorOfARemovalStays() {
        // given
        archive.append(List.of(block(ORDERS, FIRST, 1, 5, 5), block(ORDERS, FIRST, 6, 1, 5)));

        // when
        archive.removeUpTo(ORDERS, null, 5);

        // then
        assertThat(cursors(archive.read(ORDERS, null, 0, ALL))).containsExactly(6L);
    }
}
