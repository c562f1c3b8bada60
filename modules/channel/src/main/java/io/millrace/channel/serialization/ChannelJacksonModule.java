package io.millrace.channel.serialization;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.millrace.channel.ManagerRequests;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.RunSnapshot;
import io.millrace.domain.cleanup.RunStep;
import io.millrace.domain.incident.IncidentEvent;
import io.millrace.domain.incident.IncidentPhase;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessPhase;
import io.millrace.domain.process.ProcessRun;
import io.millrace.domain.process.RunEnd;
import io.millrace.domain.process.UsedKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Function;

/** Teaches Jackson the types of contracts and domain. Named in the configuration. */
public final class ChannelJacksonModule extends SimpleModule {
    private static final long serialVersionUID = 1L;

    public ChannelJacksonModule() {
        super("millrace-channel");
        addSerializer(JobId.class, new JobIdSerializer());
        addDeserializer(JobId.class, new JobIdDeserializer());
        addSerializer(ChannelName.class, ToStringSerializer.instance);
        addDeserializer(ChannelName.class, new NameDeserializer<>(ChannelName.class, ChannelName::new));
        addSerializer(LockName.class, ToStringSerializer.instance);
        addDeserializer(LockName.class, new NameDeserializer<>(LockName.class, LockName::new));
        addSerializer(CleanupName.class, ToStringSerializer.instance);
        addDeserializer(CleanupName.class, new NameDeserializer<>(CleanupName.class, CleanupName::new));
        addSerializer(CleanupReference.class, ToStringSerializer.instance);
        addDeserializer(
                CleanupReference.class, new NameDeserializer<>(CleanupReference.class, CleanupReference::parse));
        addSerializer(ProcessName.class, ToStringSerializer.instance);
        addDeserializer(ProcessName.class, new NameDeserializer<>(ProcessName.class, ProcessName::new));
        setMixInAnnotation(CleanupChange.class, StoredForms.OfCleanup.class);
        setMixInAnnotation(ProcessChange.class, StoredForms.OfProcess.class);
        setMixInAnnotation(ProcessPhase.class, StoredForms.PhaseOfProcess.class);
        setMixInAnnotation(IncidentEvent.class, StoredForms.OfIncident.class);
        setMixInAnnotation(IncidentPhase.class, StoredForms.PhaseOfIncident.class);
        setMixInAnnotation(Readiness.class, StoredForms.OfReadiness.class);
        setMixInAnnotation(ChannelEvent.class, StoredForms.Event.class);
        ManagerRequests.types().forEach(this::oneOfSeveral);
        oneOfSeveral(LockAnswer.class);
        oneOfSeveral(CleanupAction.class);
        oneOfSeveral(Work.class);
        setMixInAnnotation(SubmittedJob.class, StoredForms.Job.class);
        setMixInAnnotation(AttemptOutcome.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(EndedJob.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(HeldLease.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(Owner.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(RunSnapshot.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(RunStep.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(ProcessSpec.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(ProcessEntry.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(ProcessRun.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(RunEnd.class, StoredForms.WithoutNulls.class);
        setMixInAnnotation(UsedKey.class, StoredForms.WithoutNulls.class);
    }

    private void oneOfSeveral(Class<?> sealed) {
        setMixInAnnotation(sealed, StoredForms.OneOfSeveral.class);
        for (Class<?> record : sealed.getPermittedSubclasses()) {
            registerSubtypes(new NamedType(record, record.getSimpleName()));
        }
    }

    /** 16 bytes where the format has bytes, the usual 26 characters where it has not. */
    private static final class JobIdSerializer extends StdScalarSerializer<JobId> {
        private static final long serialVersionUID = 1L;

        JobIdSerializer() {
            super(JobId.class);
        }

        @Override
        public void serialize(JobId id, JsonGenerator generator, SerializerProvider provider) throws IOException {
            if (generator.canWriteBinaryNatively()) {
                generator.writeBinary(ByteBuffer.allocate(Long.BYTES * 2)
                        .putLong(id.high())
                        .putLong(id.low())
                        .array());
            } else {
                generator.writeString(id.toString());
            }
        }
    }

    private static final class JobIdDeserializer extends StdScalarDeserializer<JobId> {
        private static final long serialVersionUID = 1L;

        JobIdDeserializer() {
            super(JobId.class);
        }

        @Override
        public JobId deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (parser.currentToken() == JsonToken.VALUE_STRING) {
                return JobId.parse(parser.getText());
            }
            ByteBuffer bytes = ByteBuffer.wrap(parser.getBinaryValue());
            return new JobId(bytes.getLong(), bytes.getLong());
        }
    }

    private static final class NameDeserializer<T> extends StdScalarDeserializer<T> {
        private static final long serialVersionUID = 1L;

        private final transient Function<String, T> read;

        NameDeserializer(Class<T> type, Function<String, T> read) {
            super(type);
            this.read = read;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return read.apply(parser.getText());
        }
    }
}
