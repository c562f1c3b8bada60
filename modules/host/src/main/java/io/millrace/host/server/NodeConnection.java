package io.millrace.host.server;

import io.millrace.host.ProcessHost;
import io.millrace.host.protocol.Frame;
import io.millrace.host.protocol.FrameLink;
import io.millrace.host.protocol.ProtocolException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A connection whose other end has shown that it is the node: does what it asks for. Used by the thread of the server. */
final class NodeConnection implements ForwardedRun.Node {
    private final FrameLink<Frame.OfNode, Frame.OfHost> link;
    private final ProcessHost host;
    private final OutputBudget budget;
    private final Map<Long, ForwardedRun> runs = new ConcurrentHashMap<>();
    private boolean isLettingGo;

    NodeConnection(FrameLink<Frame.OfNode, Frame.OfHost> link, ProcessHost host, OutputBudget budget) {
        this.link = link;
        this.host = host;
        this.budget = budget;
    }

    /** What the node says once it was greeted. */
    void onFrame(Frame.OfNode frame) throws ProtocolException {
        switch (frame) {
            case Frame.Start(var call, var order) -> host.start(order, forward(call));
            case Frame.Adopt(var call, var key) -> host.adopt(key, forward(call));
            case Frame.Signal(var key, var signal) -> host.signal(key, signal);
            case Frame.Kill(var key) -> host.kill(key);
            case Frame.Renew(var deadlines) -> host.renew(deadlines);
            case Frame.Forget(var key) -> host.forget(key);
            case Frame.Taken(var call) -> onTaken(call);
            case Frame.Ping(var number) -> link.send(new Frame.Pong(number));
            case Frame.Farewell() -> isLettingGo = true;
            case Frame.Hello _ -> throw new ProtocolException("The node says hello a second time");
        }
    }

    @Override
    public void send(Frame.OfHost frame) {
        link.send(frame);
    }

    @Override
    public void over(long call) {
        runs.remove(call);
    }

    /** True once the node has said farewell. */
    boolean isLettingGo() {
        return isLettingGo;
    }

    private ForwardedRun forward(long call) {
        var run = new ForwardedRun(call, budget, this);
        runs.put(call, run);
        return run;
    }

    private void onTaken(long call) throws ProtocolException {
        var run = runs.get(call);
        if (run == null || !run.taken()) {
            throw new ProtocolException("The node has taken output it was not given, of call " + call);
        }
    }

    /** Nobody uses the memory of pieces of output any more: neither the host nor the connection, which is closed. */
    void release() {
        runs.values().forEach(ForwardedRun::release);
        runs.clear();
    }
}
