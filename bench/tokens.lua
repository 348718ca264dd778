-- Requests with tokens from a file, one after the other, made ready beforehand so that wrk itself costs little. After the path:
-- `introspect CREDENTIALS` posts them as a service does; `forwarded PATH` asks as a proxy does.
local requests = {}
local at = 0

function init(args)
    for line in io.lines(args[1]) do
        local headers = { ["Authorization"] = "Bearer " .. line }
        if args[3] == "introspect" then
            headers = { ["Authorization"] = "Basic " .. args[4], ["Content-Type"] = "application/x-www-form-urlencoded" }
            requests[#requests + 1] = wrk.format("POST", args[2], headers, "token=" .. line)
        else
            if args[3] == "forwarded" then
                headers["X-Original-URI"] = args[4]
                headers["X-Original-Method"] = "GET"
            end
            requests[#requests + 1] = wrk.format("GET", args[2], headers)
        end
    end
    math.randomseed(os.time())
    at = math.random(#requests)
end

function request()
    at = at % #requests + 1
    return requests[at]
end
