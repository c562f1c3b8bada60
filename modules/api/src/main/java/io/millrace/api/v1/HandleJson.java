package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.ValidationReport;
import java.io.IOException;

/** Writes what threads, locks and resources have in common: whose they are, and whether their handles and channels are sound. */
public final class HandleJson {
    private HandleJson() {}

    /** The fields of an owner, into the object that is being written. */
    static void writeOwner(JsonGenerator json, Owner owner) throws IOException {
        json.writeStringField("owner", owner.name());
        ReplyJson.writeText(
                json, "job", owner.job() == null ? null : owner.job().toString());
    }

    /** Whether a handle holds at every boundary. */
    public static void writeValidation(JsonGenerator json, ValidationReport report) throws IOException {
        json.writeStartObject();
        json.writeStringField("subject", report.subject());
        json.writeBooleanField("passed", report.passed());
        json.writeStringField("checkedAt", TimeText.format(report.checkedAt()));
        json.writeArrayFieldStart("violations");
        for (BoundaryViolation violation : report.violations()) {
            json.writeStartObject();
            json.writeStringField("boundary", violation.boundary().name());
            json.writeStringField("severity", violation.severity().name());
            json.writeStringField("detail", violation.detail());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** Whether a channel has what it believes to have, and nothing else. */
    public static void writeIsolation(JsonGenerator json, IsolationReport report) throws IOException {
        json.writeStartObject();
        json.writeStringField("channel", report.channel().value());
        json.writeBooleanField("isolated", report.isolated());
        json.writeStringField("checkedAt", TimeText.format(report.checkedAt()));
        json.writeNumberField("itemsChecked", report.itemsChecked());
        json.writeArrayFieldStart("violations");
        for (IsolationReport.Breach breach : report.violations()) {
            json.writeStartObject();
            json.writeStringField("subject", breach.subject());
            json.writeStringField("kind", breach.kind());
            json.writeStringField("detail", breach.detail());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
