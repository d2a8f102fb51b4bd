"""Logs traces with the Python client of the MLflow version that runs it, as applications of that time did.

Usage: MLFLOW_TRACKING_URI=http://... python log_traces.py EXPERIMENT_NAME

Prints one JSON object: the experiment and, for every trace, what was logged. The same on every version, except for
what a version cannot hold: MLflow 2 has no assessments, no sessions of its own and no token usage.
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

import mlflow
from mlflow.entities import SpanEvent, SpanType
from mlflow.tracing.constant import SpanAttributeKey

IS_MLFLOW_2 = mlflow.__version__.startswith("2.")
#: Name of the attribute for token usage where the version has one (MLflow 3.1 and later).
USAGE_KEY = getattr(SpanAttributeKey, "CHAT_USAGE", None)
#: What MLflow 2 calls the id of a trace.
ID_ARGUMENT = "request_id" if IS_MLFLOW_2 else "trace_id"

NUM_TIMED_TRACES = 24
NUM_DECORATED_TRACES = 6
MILLISECOND = 1_000_000
#: 2026-01-05T10:00:00Z and a fraction of a millisecond, in nanoseconds.
START_NS = 1_767_607_200_000_000_000 + 654_321
SENTENCE = 'Größe naïve café 東京 データ 🚀 "quoted" back\\slash new\nline tab\t €12.50 \u2028 end. '


def id_of(span):
    return getattr(span, ID_ARGUMENT)


def text_of(value):
    """Full request or response as the tables should hold it: text as it is, other values as compact JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def inputs_of(index):
    # Longer than every preview: 250 characters in MLflow 2, 1,000 in MLflow 3.
    question = SENTENCE * (30 if index % 3 == 0 else 1)
    order = 9_007_199_254_740_993 + index
    return {"question": f"{index}: {question}", "order": order, "filters": {"deep": [1, None, True]}}


def outputs_of(index):
    if index % 4 == 3:
        return f"{index}: {SENTENCE * (index + 1)}"
    return {"answer": f"{index}: {SENTENCE * (index + 1)}", "confidence": 0.25, "total": -(2**62) - index}


def documents_of(index):
    return [
        {"page_content": f"{SENTENCE}{rank}", "metadata": {"doc_uri": f"https://docs.example.com/{index}/{rank}"}, "id": f"doc-{rank}"}
        for rank in range(index % 3 + 1)
    ]


class TimedTrace:
    """One trace by the client's imperative API, which takes the times from its caller."""

    def __init__(self, client, experiment_id, index):
        self.client = client
        self.index = index
        self.is_error = index % 6 == 5
        self.start_ns = START_NS + index * 60_000 * MILLISECOND
        self.spans = []
        self.root = client.start_trace(
            "answer_question",
            span_type=SpanType.AGENT,
            inputs=inputs_of(index),
            attributes={"session.id": f"session-{index // 5}", "user.id": f"user-{index % 7}"},
            tags={"team": "Suche 検索" if index % 2 == 0 else "support", "index": str(index)},
            experiment_id=experiment_id,
            start_time_ns=self.start_ns,
        )

    def start(self, name, span_type, parent, from_ms, inputs, attributes=None):
        return self.client.start_span(
            name,
            parent_id=parent.span_id,
            span_type=span_type,
            inputs=inputs,
            attributes=attributes,
            start_time_ns=self.start_ns + from_ms * MILLISECOND,
            **{ID_ARGUMENT: id_of(self.root)},
        )

    def end(self, span, kind, to_ms, outputs, status="OK"):
        self.client.end_span(
            span_id=span.span_id,
            outputs=outputs,
            status=status,
            end_time_ns=self.start_ns + to_ms * MILLISECOND,
            **{ID_ARGUMENT: id_of(self.root)},
        )
        self.spans.append({"name": span.name, "kind": kind, "status": status})

    def log(self):
        index = self.index
        retriever = self.start("retrieve", SpanType.RETRIEVER, self.root, 10, {"query": SENTENCE})
        self.end(retriever, "RETRIEVER", 30, documents_of(index))
        usage = {"input_tokens": 100 + index, "output_tokens": 10 + index, "total_tokens": 110 + 2 * index}
        chat = self.start(
            "chat",
            SpanType.CHAT_MODEL,
            self.root,
            40,
            {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": SENTENCE}]},
            {} if USAGE_KEY is None else {USAGE_KEY: usage},
        )
        self.end(chat, "CHAT_MODEL", 140, {"choices": [{"message": {"role": "assistant", "content": SENTENCE}}]})
        self.call_tool()
        duration_ms = 200 + index
        outputs = None if self.is_error else outputs_of(index)
        status = "ERROR" if self.is_error else "OK"
        end_ns = self.start_ns + duration_ms * MILLISECOND
        self.client.end_trace(outputs=outputs, status=status, end_time_ns=end_ns, **{ID_ARGUMENT: id_of(self.root)})
        self.spans.append({"name": "answer_question", "kind": "AGENT", "status": status})
        return {
            "index": index,
            "traceId": id_of(self.root),
            "name": "answer_question",
            "status": status,
            "errorType": "TimeoutError" if self.is_error else None,
            "request": text_of(inputs_of(index)),
            "response": text_of(outputs),
            "startMs": self.start_ns // MILLISECOND,
            "durationMs": duration_ms,
            "spans": self.spans,
            "numDocuments": len(documents_of(index)),
            "usage": None if USAGE_KEY is None else usage,
            "sessionId": f"session-{index // 5}",
            "userId": f"user-{index % 7}",
            "retrieverSpanId": retriever.span_id,
        }

    def call_tool(self):
        tool = self.start("look_up_order", SpanType.TOOL, self.root, 150, {"order_id": 2**63 - 1 - self.index})
        parser = self.start("parse", "MY_PARSER", tool, 155, "raw text")
        self.end(parser, "MY_PARSER", 160, ["parsed", 1.5])
        if self.is_error:
            tool.add_event(SpanEvent.from_exception(TimeoutError("order service")))
        self.end(tool, "TOOL", 190, None if self.is_error else {"status": "shipped"}, "ERROR" if self.is_error else "OK")


def log_decorated(index):
    """One trace by the decorator and the context manager; its times are those of the clock."""
    seen = {}

    @mlflow.trace(name="rank", span_type=SpanType.RERANKER)
    def rank(names, limit):
        if index == 1:
            raise ValueError("nothing to rank")
        return names[:limit]

    @mlflow.trace(span_type=SpanType.CHAIN, attributes={"release": "1.2"})
    def handle(question, options):
        seen["root"] = mlflow.get_current_active_span()
        if IS_MLFLOW_2:
            mlflow.update_current_trace(tags={"channel": "web"})
        else:
            metadata = {"mlflow.trace.session": f"chat-{index}", "mlflow.trace.user": "ann@example.com"}
            mlflow.update_current_trace(tags={"channel": "web"}, metadata=metadata, client_request_id=f"order-{index}")
        with mlflow.start_span("embed", span_type=SpanType.EMBEDDING) as span:
            span.set_inputs({"text": question})
            span.set_outputs([0.25, -1.5])
        return {"ranked": rank(["a", "b", "ü"], 2), "echo": question}

    question = f"{index}: {SENTENCE * 20}"
    options = {"tenant": 9_007_199_254_740_995}
    is_error = index == 1
    try:
        outputs = handle(question, options=options)
    except ValueError:
        outputs = None
    root = seen["root"]
    status = "ERROR" if is_error else "OK"
    return {
        "index": NUM_TIMED_TRACES + index,
        "traceId": id_of(root),
        "name": "handle",
        "status": status,
        "errorType": "ValueError" if is_error else None,
        "request": text_of({"question": question, "options": options}),
        "response": text_of(outputs),
        # As text: too large for the numbers of most JSON readers.
        "exactNs": [str(root.start_time_ns), str(root.end_time_ns)],
        "spans": [
            {"name": "embed", "kind": "EMBEDDING", "status": "OK"},
            {"name": "handle", "kind": "CHAIN", "status": status},
            {"name": "rank", "kind": "RERANKER", "status": status},
        ],
        "numDocuments": 0,
        "usage": None,
        "sessionId": None if IS_MLFLOW_2 else f"chat-{index}",
        "userId": None if IS_MLFLOW_2 else "ann@example.com",
    }


def log_unfinished(client, experiment_id):
    """A trace that has begun and not ended."""
    start_ns = START_NS + NUM_TIMED_TRACES * 60_000 * MILLISECOND
    if IS_MLFLOW_2:
        trace_id = client.start_trace("slow", experiment_id=experiment_id, start_time_ns=start_ns).request_id
    else:
        from mlflow.entities import TraceInfo, TraceLocation, TraceState
        from mlflow.tracing.client import TracingClient

        info = TraceInfo(
            trace_id="tr-" + "5" * 32,
            trace_location=TraceLocation.from_experiment_id(experiment_id),
            request_time=start_ns // MILLISECOND,
            state=TraceState.IN_PROGRESS,
            tags={"mlflow.traceName": "slow"},
        )
        trace_id = TracingClient().start_trace(info).trace_id
    return {"traceId": trace_id, "startMs": start_ns // MILLISECOND}


def log_oversized(client, experiment_id):
    """A root span with a number beyond 64 bits, which OTLP cannot carry: newer clients store the trace as a file, in
    an experiment whose other spans are in the database; some (3.11) store the other spans only.
    """
    start_ns = START_NS + (NUM_TIMED_TRACES + 1) * 60_000 * MILLISECOND
    inputs = {"order": 2**70}
    root = client.start_trace("oversized", inputs=inputs, experiment_id=experiment_id, start_time_ns=start_ns)
    trace_id = {ID_ARGUMENT: id_of(root)}
    child = client.start_span("child", parent_id=root.span_id, inputs="x", start_time_ns=start_ns, **trace_id)
    client.end_span(span_id=child.span_id, outputs="y", end_time_ns=start_ns + MILLISECOND, **trace_id)
    client.end_trace(outputs="done", end_time_ns=start_ns + 2 * MILLISECOND, **trace_id)
    return {"traceId": id_of(root), "request": text_of(inputs), "response": "done"}


def clock_times(client, trace_id):
    """Start and duration as the server has them: MLflow 2 lets the root span begin when the trace is registered."""
    info = client.get_trace(trace_id).info
    return {"startMs": info.timestamp_ms, "durationMs": info.execution_time_ms}


def assess(trace):
    """Feedback and expectations by judges, code and people (MLflow 3.2 and later)."""
    from mlflow.entities import AssessmentError, AssessmentSource

    index, trace_id = trace["index"], trace["traceId"]
    judge = AssessmentSource(source_type="LLM_JUDGE", source_id="openai:/gpt-4o")
    human = AssessmentSource(source_type="HUMAN", source_id="ann@example.com")
    code = AssessmentSource(source_type="CODE", source_id="checks.py")
    relevance = "yes" if index % 3 else "no"
    mlflow.log_feedback(trace_id=trace_id, name="relevance", value=relevance, source=judge, rationale=SENTENCE)
    mlflow.log_feedback(trace_id=trace_id, name="Groundedness Score", value=index / 8, source=judge)
    mlflow.log_feedback(trace_id=trace_id, name="latency ok", value=index % 2 == 0, source=code)
    mlflow.log_feedback(
        trace_id=trace_id, name="chunk_relevance", value=True, source=judge, span_id=trace["retrieverSpanId"]
    )
    metrics = {
        "metric_relevance": 1 if index % 3 else 0,
        "metric_groundedness_score": index / 8,
        "metric_latency_ok": 1 if index % 2 == 0 else 0,
        "metric_chunk_relevance": 1,
    }
    num_assessments, num_errors = 4, 0
    if index % 4 == 0:
        mlflow.log_feedback(trace_id=trace_id, name="relevance", value=False, source=human, metadata={"where": "büro"})
        mlflow.log_expectation(trace_id=trace_id, name="expected_answer", value={"text": SENTENCE, "n": 2}, source=human)
        metrics["metric_relevance_human"] = 0
        num_assessments += 2
    if index % 8 == 0:
        error = AssessmentError(error_code="RATE_LIMITED", error_message="the judge gave up")
        mlflow.log_feedback(trace_id=trace_id, name="safety", error=error, source=judge)
        num_assessments, num_errors = num_assessments + 1, num_errors + 1
    return {"metrics": metrics, "numAssessments": num_assessments, "numAssessmentErrors": num_errors}


def main(experiment_name):
    experiment_id = mlflow.set_experiment(experiment_name).experiment_id
    client = mlflow.MlflowClient()
    traces = [TimedTrace(client, experiment_id, index).log() for index in range(NUM_TIMED_TRACES)]
    traces += [log_decorated(index) for index in range(NUM_DECORATED_TRACES)]
    oversized = log_oversized(client, experiment_id)
    if hasattr(mlflow, "flush_trace_async_logging"):
        mlflow.flush_trace_async_logging()
    for trace in traces[NUM_TIMED_TRACES:]:
        trace.update(clock_times(client, trace["traceId"]))
    for trace in traces[:NUM_TIMED_TRACES]:
        trace.update({} if IS_MLFLOW_2 else assess(trace))
    unfinished = log_unfinished(client, experiment_id)
    logged = {"experimentId": experiment_id, "traces": traces, "unfinished": unfinished, "oversized": oversized}
    print(json.dumps(logged))


if __name__ == "__main__":
    main(sys.argv[1])
