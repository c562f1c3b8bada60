package io.millrace.channel;

import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRun;
import java.util.ArrayList;
import java.util.List;

/** Which epochs runs of processes were given when it was stored that they start. */
final class GivenEpochs {
    private GivenEpochs() {}

    /** Of the runs that start with these events. */
    static List<ProcessChange.RunStarted> in(List<ChannelEvent> events) {
        List<ProcessChange.RunStarted> started = new ArrayList<>();
        for (ChannelEvent event : events) {
            if (event instanceof ChannelEvent.ProcessChanged(var _, ProcessChange.RunStarted run)) {
                started.add(run);
            }
        }
        return started;
    }

    /** Of all runs that are under way, for somebody to whom an answer was lost. */
    static List<ProcessChange.RunStarted> in(ProcessBook book) {
        List<ProcessChange.RunStarted> started = new ArrayList<>();
        for (ProcessEntry process : book.processes()) {
            ProcessRun run = process.runUnderWay();
            if (run != null) {
                started.add(
                        new ProcessChange.RunStarted(process.ref(), run.number(), run.epoch(), run.node(), run.host()));
            }
        }
        return started;
    }
}
