"""Sums over all workers, made by TensorFlow within compiled steps."""

import faulthandler
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any, Protocol

import tensorflow as tf

from chargen.cluster.link import SILENCE_SECONDS
from chargen.cluster.members import Cluster
from chargen.errors import WorkerError

# A sum takes milliseconds once all have reached it; whoever comes so much later is gone.
SUM_SECONDS = 120
# All start their servers at once, which takes a second; after so many, the process ends.
START_SECONDS = 30
# TensorFlow ends a sum that lacks a worker by itself, but for one that is gone before all have started.
GRACE_SECONDS = 15


class Others(Protocol):
    """The other workers, as far as they are connected."""

    @property
    def lost(self) -> WorkerError | None:
        """Why they are no longer all there; None as long as they are."""

    def align(self) -> None:
        """Wait until every worker is as far as this one."""


class Collective:
    """This process among the others, and the thread in which everything happens that waits for them.

    An interrupt, which Python delivers to the main thread, so never leaves the others waiting within a step: what was
    asked for is done to its end, and what is asked for next comes after it. And a worker that is gone holds nobody.

    Args:
        cluster: Who takes part. All have to make theirs at about the same time, before TensorFlow has started.
        others: Tells who is gone.

    Raises:
        WorkerError: TensorFlow has started already, or somebody is gone before all have started.
    """

    def __init__(self, cluster: Cluster, others: Others) -> None:
        self.index, self.size = cluster.index, cluster.size
        self._others = others
        self._asked: queue.SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="collective", daemon=True).start()
        self._options = tf.distribute.experimental.CommunicationOptions(
            implementation=tf.distribute.experimental.CommunicationImplementation.RING, timeout_seconds=SUM_SECONDS
        )
        others.align()
        try:
            self._strategy = self.call(self._start, cluster)
        except RuntimeError as error:
            raise WorkerError(
                f"TensorFlow has started in this process already ({error}); train with --workers in a new one"
            ) from error
        if (replicas := self._strategy.num_replicas_in_sync) != cluster.size:
            raise WorkerError(
                f"{cluster.size} workers have {replicas} devices together; leave each worker one GPU at most, with "
                "CUDA_VISIBLE_DEVICES"
            )
        if threading.current_thread() is threading.main_thread():
            # TensorFlow has put a handler of its own in the place of Python's, which acts on nothing here.
            signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call something that waits for the others, after all that was called before.

        Args:
            function: What to call.
            *arguments: With what.

        Returns:
            What it returns.

        Raises:
            WorkerError: Somebody is gone.
        """
        future: Future[Any] = Future()
        self._asked.put((future, function, arguments))
        since: float | None = None
        while not wait([future], timeout=1).done:
            if self._others.lost:
                since = since or time.monotonic()
                if time.monotonic() - since > GRACE_SECONDS:
                    raise self._others.lost
        try:
            return future.result()
        except tf.errors.OpError as error:
            raise self._reason(error) from error

    def sum(self, values: tf.Tensor) -> tf.Tensor:
        """Add up what each worker has, in a compiled step.

        Args:
            values: Of the same shape on every worker.

        Returns:
            The sum, the same on every worker.
        """

        def reduce(own: tf.Tensor) -> tf.Tensor:
            # The copy stands on the replica's device, as the strategy expects.
            replica = tf.distribute.get_replica_context()
            return replica.all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(own), options=self._options)

        return self._strategy.run(reduce, (values,))

    def _start(self, cluster: Cluster) -> Any:
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({"worker": list(cluster.addresses)}),
            task_type="worker",
            task_id=cluster.index,
            rpc_layer="grpc",
        )
        # The servers wait for one another, and hold up all of Python meanwhile: should one worker die in this second,
        # only a thread that is none of Python's can end the others.
        with Path(os.devnull).open("w") as nowhere:
            faulthandler.dump_traceback_later(START_SECONDS, exit=True, file=nowhere)
            try:
                return tf.distribute.MultiWorkerMirroredStrategy(resolver, self._options)
            finally:
                faulthandler.cancel_dump_traceback_later()

    def _work(self) -> None:
        while True:
            future, function, arguments = self._asked.get()
            try:
                future.set_result(function(*arguments))
            except BaseException as error:
                future.set_exception(error)

    def _reason(self, error: Exception) -> Exception:
        """Find who is gone; TensorFlow may notice before the heartbeat does. Any other error is its own reason."""
        lost = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError)
        others = (tf.errors.CancelledError, tf.errors.InternalError, tf.errors.FailedPreconditionError)
        if not isinstance(error, (*lost, *others)):
            return error
        until = time.monotonic() + SILENCE_SECONDS + 5
        while time.monotonic() < until:
            if self._others.lost:
                return self._others.lost
            time.sleep(0.1)
        return WorkerError(f"the workers lost one another: {str(error).splitlines()[0][:200]}")
