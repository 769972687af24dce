"""The barest FastAPI: what our service is measured against."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def read() -> dict[str, str]:
    """A few words."""
    return {"bonjour": "monde"}
