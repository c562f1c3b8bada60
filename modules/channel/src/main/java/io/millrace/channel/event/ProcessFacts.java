package io.millrace.channel.event;

import io.millrace.contracts.Problem;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.RunEnd;
import io.millrace.domain.process.StopCause;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What users read about a change of a process. Each change is one event. */
final class ProcessFacts {
    private ProcessFacts() {}

    static String type(ProcessChange change) {
        return switch (change) {
            case ProcessChange.Registered _ -> "process.registered";
            case ProcessChange.StartRequested _ -> "process.startRequested";
            case ProcessChange.Cancelled _ -> "process.cancelled";
            case ProcessChange.Removed _ -> "process.removed";
            case ProcessChange.RunStarted _ -> "process.starting";
            case ProcessChange.RunUp _ -> "process.started";
            case ProcessChange.LineWritten _ -> "process.lineWritten";
            case ProcessChange.BecameReady _ -> "process.ready";
            case ProcessChange.SignalSent _ -> "process.signalled";
            case ProcessChange.StopRequested(var _, var _, var cause) ->
                cause == StopCause.START_TIMEOUT ? "process.startTimedOut" : "process.stopping";
            case ProcessChange.RunEnded _ -> "process.exited";
        };
    }

    static Map<String, Object> of(ProcessChange change) {
        Map<String, Object> facts = new HashMap<>();
        facts.put("processId", change.process().id().toString());
        facts.put("name", change.process().name().value());
        if (change instanceof ProcessChange.OfRun ofRun) {
            facts.put("run", ofRun.run());
            addTo(facts, ofRun);
        }
        return facts;
    }

    private static void addTo(Map<String, Object> facts, ProcessChange.OfRun change) {
        switch (change) {
            case ProcessChange.RunStarted started -> {
                facts.put("epoch", started.epoch());
                facts.put("node", started.node());
            }
            case ProcessChange.RunUp up -> {
                facts.put("pid", up.pid());
                facts.put("cmd", up.command());
                putIfPresent(facts, "script", up.script());
            }
            case ProcessChange.LineWritten _, ProcessChange.BecameReady _ -> {
                // Which run it is says everything.
            }
            case ProcessChange.SignalSent sent -> facts.put("signal", "SIG" + sent.signal());
            case ProcessChange.StopRequested requested ->
                facts.put("cause", requested.cause().name());
            case ProcessChange.RunEnded ended -> addTo(facts, ended);
        }
    }

    private static void addTo(Map<String, Object> facts, ProcessChange.RunEnded ended) {
        RunEnd end = ended.end();
        facts.put("status", ended.next().name());
        facts.put("forced", end.wasForced());
        putIfPresent(facts, "exitCode", end.exitCode());
        putIfPresent(facts, "signal", end.signal());
        Problem error = ended.error();
        if (error != null) {
            facts.put("code", error.code().name());
            facts.put("detail", error.detail());
        }
        if (ended.restart() != null) {
            facts.put(
                    "restartAt",
                    Instant.ofEpochMilli(ended.restart().atMillis()).toString());
        }
    }

    private static void putIfPresent(Map<String, Object> facts, String name, @Nullable Object value) {
        if (value != null) {
            facts.put(name, value);
        }
    }
}
