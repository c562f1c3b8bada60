package io.millrace.channel.log;

import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.log.LogLine;
import io.millrace.domain.log.LogBlock;
import io.millrace.domain.log.LogLines;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;

/** Stands for the log store a pump writes to; takes blocks only when it is told to. */
final class TakingStore {
    final TestInbox<LogStore.Command> inbox = TestInbox.create();

    /** Takes every block and gives credit for it until none comes. */
    List<LogLine> takeAll() {
        var lines = new ArrayList<LogLine>();
        while (inbox.hasMessages()) {
            var append = (LogStore.Append) inbox.receiveMessage();
            append.accepted().run();
            var block = append.block();
            lines.addAll(LogLines.decode(new LogBlock(
                    ChannelName.DEFAULT,
                    TestJobs.id(1),
                    1,
                    1,
                    block.lineCount(),
                    block.firstMillis(),
                    block.lastMillis(),
                    block.lines())));
            append.taken().run();
        }
        return lines;
    }

    static List<String> content(List<LogLine> lines) {
        return lines.stream().map(LogLine::content).toList();
    }
}
