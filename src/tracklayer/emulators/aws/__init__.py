"""What the stand-ins for AWS services share."""
