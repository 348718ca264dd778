-- Requests with tokens from a file, one after the other, made ready beforehand so that wrk itself costs little.
local requests = {}
local at = 0

function init(args)
    for line in io.lines(args[1]) do
        requests[#requests + 1] = wrk.format("GET", args[2], { ["Authorization"] = "Bearer " .. line })
    end
    math.randomseed(os.time())
    at = math.random(#requests)
end

function request()
    at = at % #requests + 1
    return requests[at]
end
