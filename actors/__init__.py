from actors.ref import ActorRef
from actors.message import Request, message
