document.getElementById("desk").dataset.ready = "yes";
