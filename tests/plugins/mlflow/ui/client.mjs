// What a program that is not in Python does with MLflow's REST API: `node client.mjs URL` prints what it found, as JSON.
const [, , url] = process.argv;

async function ask(path, body) {
  const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(said)}`);
  return said;
}

const { experiment_id } = await ask("experiments/create", { name: "from node" });
const { run: { info } } = await ask("runs/create", { experiment_id, run_name: "naïve 漢字", start_time: Date.now() });
const run_id = info.run_id;
const metrics = [...Array(50).keys()].map((step) => ({ key: "loss", value: 1 / (step + 1), timestamp: Date.now(), step }));
await ask("runs/log-batch", { run_id, metrics, params: [{ key: "lr", value: "0.1" }], tags: [{ key: "team", value: "red" }] });
const files = `${url}/api/2.0/mlflow-artifacts/artifacts/${info.artifact_uri.replace("mlflow-artifacts:/", "")}`;
const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
const put = await fetch(`${files}/deep/blob.bin`, { method: "PUT", body: bytes });
if (!put.ok) throw new Error(`put: ${put.status} ${await put.text()}`);
await ask("runs/update", { run_id, status: "FINISHED", end_time: Date.now() });

const found = await ask("runs/search", { experiment_ids: [experiment_id], filter: "metrics.loss < 0.5 and tags.team = 'red'" });
const points = await ask(`metrics/get-history?run_id=${run_id}&metric_key=loss&max_results=1000`);
const got = new Uint8Array(await (await fetch(`${files}/deep/blob.bin`)).arrayBuffer());
console.log(JSON.stringify({
  names: found.runs.map((run) => run.info.run_name),
  steps: points.metrics.map((point) => Number(point.step)),
  equal: Buffer.compare(bytes, got) === 0,
}));
