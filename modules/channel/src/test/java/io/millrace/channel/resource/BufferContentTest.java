package io.millrace.channel.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.domain.Limits;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Content of buffers that is written and read by request. */
class BufferContentTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final AttemptId ATTEMPT = new AttemptId(TestJobs.id(1), 1, 1);
    private static final int MEGABYTE = 1 << 20;
    /** So small that two channels have to share the memory of one buffer. */
    private static final NodeLimits ONE_BUFFER = new NodeLimits(MEGABYTE, 0, 0, 0, 0, 0);

    private final ResourcesUnderTest resources = new ResourcesUnderTest(KIT, TestServices.NODE_LIMITS);
    private final ResourceCalls channel = resources.channel("mine", ChannelSpec.DEFAULT);

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void whatIsWrittenInPartsIsReadInParts() {
        // given
        Handle buffer = channel.allocate(ResourceType.BUFFER, MEGABYTE).handle();
        byte[] first = bytes(Limits.MESSAGE_BYTES_MAX, 1);
        byte[] second = bytes(10, 2);

        // when
        assertThat(channel.write(buffer, 0, first, false)).isInstanceOf(ResourceManager.Written.class);
        assertThat(channel.write(buffer, first.length, second, true)).isInstanceOf(ResourceManager.Written.class);

        // then
        var beginning = content(buffer, 0);
        assertThat(beginning.length()).isEqualTo(first.length + second.length);
        assertThat(beginning.part()).isEqualTo(first);
        assertThat(content(buffer, first.length).part()).isEqualTo(second);
        assertThat(content(buffer, first.length + second.length).part()).isEmpty();
    }

    @Test
    @Proves("R-07")
    void useIsCountedInBytesThatWereWrittenAndRead() {
        // given
        Handle buffer = channel.allocate(ResourceType.BUFFER, 1_000).handle();
        assertThat(channel.usage(buffer).lastUsed()).isNull();

        // when 100 bytes are written in two parts, then 30, and 30 are read
        channel.write(buffer, 0, bytes(60, 1), false);
        channel.write(buffer, 60, bytes(40, 1), true);
        channel.write(buffer, 0, bytes(30, 2), true);
        content(buffer, 0);

        // then
        var usage = channel.usage(buffer);
        assertThat(usage.uses()).isEqualTo(4);
        assertThat(usage.bytesWritten()).isEqualTo(130);
        assertThat(usage.bytesRead()).isEqualTo(30);
        assertThat(usage.peakBytes()).isEqualTo(100);
        assertThat(usage.lastUsed()).isNotNull();
        assertThat(channel.show(buffer).state()).isEqualTo(ResourceState.IN_USE);
    }

    @Test
    void behindContentThatIsShorterThanBeforeAreZeros() {
        // given
        var buffer = channel.allocateBuffer(ATTEMPT, 100);
        channel.write(buffer.handle(), 0, bytes(100, 7), true);

        // when
        channel.write(buffer.handle(), 0, bytes(3, 8), true);

        // then
        assertThat(content(buffer.handle(), 0).length()).isEqualTo(3);
        byte[] expected = Arrays.copyOf(bytes(3, 8), 4 << 10);
        assertThat(buffer.memory().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
    }

    @Test
    void aBufferThatNobodyHasWrittenToReadsAsManyZerosAsWereAskedFor() {
        Handle buffer = channel.allocate(ResourceType.BUFFER, 100).handle();

        assertThat(content(buffer, 0).part()).isEqualTo(new byte[100]);
    }

    @Test
    void contentThatDoesNotFitIsRefusedAndChangesNothing() {
        // given
        Handle buffer = channel.allocate(ResourceType.BUFFER, 4 << 10).handle();
        channel.write(buffer, 0, bytes(5, 1), true);

        // when
        Problem whole = refused(channel.write(buffer, 0, bytes((4 << 10) + 1, 2), true));
        Problem last = refused(channel.write(buffer, 4 << 10, bytes(1, 2), true));
        Problem negative = refused(channel.write(buffer, -1, bytes(1, 2), true));

        // then
        assertThat(List.of(whole, last, negative)).allSatisfy(problem -> {
            assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
            assertThat(problem.context()).containsEntry("limit", 4_096L);
        });
        assertThat(content(buffer, 0).part()).isEqualTo(bytes(5, 1));
    }

    @Test
    void onlyABufferHasContent() {
        Handle files = channel.allocate(ResourceType.FILES, 1).handle();

        Problem problem = refused(channel.read(files, 0));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(problem.detail()).contains("'files'");
    }

    @Test
    void aBufferThatIsBackHasNoContent() {
        // given
        Handle buffer = channel.allocate(ResourceType.BUFFER, 10).handle();
        channel.write(buffer, 0, bytes(10, 1), true);

        // when
        channel.release(buffer);

        // then
        assertThat(refused(channel.read(buffer, 0)).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(refused(channel.write(buffer, 0, bytes(1, 1), true)).code()).isEqualTo(ErrorCode.INVALID_STATE);
    }

    @Test
    @Proves("R-46")
    void theNextChannelSeesNothingOfWhatTheOneBeforeWrote() {
        // given a node with memory for one buffer, full of a pattern
        var node = new ResourcesUnderTest(KIT, ONE_BUFFER);
        var before = node.channel("before", ChannelSpec.DEFAULT);
        var after = node.channel("after", ChannelSpec.DEFAULT);
        Handle written = before.allocate(ResourceType.BUFFER, MEGABYTE).handle();
        for (int offset = 0; offset < MEGABYTE; offset += Limits.MESSAGE_BYTES_MAX) {
            before.write(written, offset, bytes(Limits.MESSAGE_BYTES_MAX, 0x5A), false);
        }

        // when it goes to another channel
        before.release(written);
        Handle next = after.allocate(ResourceType.BUFFER, MEGABYTE).handle();

        // then it is the same memory, and there are only zeros
        assertThat(after.metrics(ResourceType.BUFFER).reuse()).isEqualTo(1.0);
        for (int offset = 0; offset < MEGABYTE; offset += Limits.MESSAGE_BYTES_MAX) {
            var read = (ResourceManager.Content) after.read(next, offset);
            assertThat(read.part()).isEqualTo(new byte[Limits.MESSAGE_BYTES_MAX]);
        }
    }

    private ResourceManager.Content content(Handle buffer, int offset) {
        return (ResourceManager.Content) channel.read(buffer, offset);
    }

    private static Problem refused(ManagerReply answer) {
        return ((ManagerReply.Refused) answer).problem();
    }

    private static byte[] bytes(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }
}
