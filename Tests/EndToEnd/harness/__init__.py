"""What the end-to-end tests share: the process, the wire, signatures, the API's description."""
