package io.millrace.benchmarks;

import io.millrace.contracts.Proves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Submits of commands and questions about them at a steady rate, none of which may be refused. */
@Proves("B-161")
final class RequestLoad {
    private static final String CHANNEL = "/v1/channels/requests";
    private static final int PER_SECOND_MIN = 100;

    /** Above the minimum, so that it is met only if the node keeps up. */
    private static final int PER_SECOND = 150;

    private static final int CONNECTIONS = 16;
    private static final String JOB = "{\"process\":{\"command\":[\"echo\",\"hello\"]}}";
    private static final int JOBS_ASKED_FOR = 50;

    private RequestLoad() {}

    static void measure(Bench.Setting setting, Report report) {
        setting.node().api().put(CHANNEL, "{}");
        List<byte[]> requests = requests(setting.node().api());
        HttpLoad.Result result = new HttpLoad(setting.node().apiPort(), CONNECTIONS)
                .openLoop(
                        Duration.ofSeconds(setting.seconds()),
                        PER_SECOND,
                        n -> requests.get((int) (n % requests.size())));
        report.atLeast(
                "requests, submits and queries in turn",
                "1/s",
                PER_SECOND_MIN,
                result.perSecond(),
                SubmitBenchmark.latencies(result));
        report.atMost("of these refused", "", 0, result.failed(), "of " + (result.completed() + result.failed()));
        setting.node().api().delete(CHANNEL);
    }

    /** In turn: a submit, a question about one job, one about its output, and one about the channel's jobs. */
    private static List<byte[]> requests(Api api) {
        byte[] submit = Api.rawPost(CHANNEL + "/jobs", JOB);
        byte[] list = Api.rawGet(CHANNEL + "/jobs?pageSize=20");
        List<byte[]> requests = new ArrayList<>();
        for (int n = 0; n < JOBS_ASKED_FOR; n++) {
            String job = CHANNEL + "/jobs/"
                    + api.post(CHANNEL + "/jobs", JOB).path("id").asText();
            requests.addAll(List.of(submit, Api.rawGet(job), Api.rawGet(job + "/logs"), list));
        }
        return requests;
    }
}
