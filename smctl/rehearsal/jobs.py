"""Commands run in the image of a service's latest successful release."""

from __future__ import annotations

import functools
from dataclasses import replace

from smctl.rehearsal import happenings
from smctl.rehearsal.records import SUCCEEDED, DeployRecord, JobRecord, new_id, now
from smctl.rehearsal.refusal import Refusal
from smctl.rehearsal.stage import Stage


class Jobs:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def start(self, service: str, command: str) -> JobRecord:
        with self._stage.state.changing() as state:
            good = [each for each in state.deploys_of(service) if each.status in SUCCEEDED]
            if not good:
                raise Refusal(400, "service has no successful build")
            release = state.live(service) or good[0]
            job = JobRecord(new_id("job"), service, command, "pending", now())
            state.jobs[job.id] = job
        self._stage.begin(functools.partial(self._run, job, release), job.id)
        return job

    def of(self, service: str, job_id: str) -> JobRecord:
        job = self._stage.state.jobs.get(job_id)
        if job is None or job.service != service:
            raise Refusal.absent(job_id)
        return job

    def list(self, service: str) -> list[JobRecord]:
        """Newest first."""
        with self._stage.state.changed:
            return [each for each in reversed(self._stage.state.jobs.values()) if each.service == service]

    def _run(self, job: JobRecord, release: DeployRecord) -> None:
        with self._stage.state.changing():
            job.status, job.started_at = "running", now()
        workload = replace(self._stage.workload(release), id=job.id)
        says = self._stage.journal.writer(job.id, job.id)
        code = 1
        try:
            code = self._stage.runner.once(workload, job.command, seconds=self._stage.pace.job, on_line=says)
        finally:
            with self._stage.state.changing() as state:
                job.status, job.finished_at = "failed" if code else "succeeded", now()
                state.events.append(happenings.job_ended(job, happenings.exited(code) if code else {}))
