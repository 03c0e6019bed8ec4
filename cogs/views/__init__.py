"""Persistent components: buttons and forms that outlive the process which drew them."""
