"""Callbacks: actions at fixed events of a training, such as the end of an epoch.

`numcnn.training` calls them in this order::

    on_train_begin
        on_epoch_begin(epoch)
            on_train_batch_begin(batch), on_train_batch_end(batch, logs), ...
            on_test_begin, on_test_batch_begin(batch), ..., on_test_end(logs)     validation
        on_epoch_end(epoch, logs)
    on_train_end(logs)

`logs` is a dict of running means: ``{"accuracy": 0.91, "loss": 0.3}``, at the end of an epoch with
``val_accuracy`` and ``val_loss``.  A callback may add values to the logs of an epoch; the callbacks
after it see them, and the history records them.  A callback stops the training by
``self.model.stop_training = True``.

numcnn's callbacks decide and print the same as Keras's callbacks of the same names.

May import: `checks`, `configuration`, `console`, `families`, `files`, `notebook`, `saving`.
"""

from numcnn.callbacks.backup import BackupAndRestore
from numcnn.callbacks.base import EVENTS, Callback, CallbackList, Logs
from numcnn.callbacks.csv_logger import CSVLogger
from numcnn.callbacks.early_stopping import EarlyStopping
from numcnn.callbacks.functions import LambdaCallback
from numcnn.callbacks.history import History
from numcnn.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from numcnn.callbacks.model_checkpoint import ModelCheckpoint
from numcnn.callbacks.tensorboard import TensorBoard
from numcnn.callbacks.terminate_on_nan import TerminateOnNaN
from numcnn.families import Family

KINDS: tuple[type[Callback], ...] = (
    *(BackupAndRestore, CSVLogger, EarlyStopping, History, LambdaCallback, LearningRateScheduler),
    *(ModelCheckpoint, ReduceLROnPlateau, TensorBoard, TerminateOnNaN),
)
CALLBACKS = Family("callback", Callback, {kind.__name__: kind for kind in KINDS})
__getattr__ = CALLBACKS.missing(__name__)

__all__ = [
    "EVENTS",
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "Logs",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]
