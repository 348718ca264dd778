-- Asks Patrol whether a request may pass: `http-request lua.patrol-verify` sets txn.patrol_status (204: yes), and
-- txn.patrol_challenge and txn.patrol_location for the answer. The service gets who it is, and never the token.

local tokens = { "authorization", "private-token", "x-api-key", "x-build-token" }
local cookie = "access_token"
local identity = { "x-patrol-user", "x-patrol-user-id", "x-patrol-token-id", "x-patrol-groups", "x-patrol-scopes" }

local function values(headers, name)
    local list = {}
    local found = headers[name]
    if found then
        for i = 0, #found do
            if found[i] then
                list[#list + 1] = found[i]
            end
        end
    end
    return #list > 0 and list or nil
end

local function strip(txn, headers)
    for name in pairs(headers) do
        -- Some services read underscores as hyphens.
        if name:gsub("_", "-"):find("^x%-patrol") then
            txn.http:req_del_header(name)
        end
    end
    -- What Connection names is dropped on the way; and within a connection that became HTTP/2 nobody would look.
    local connection = table.concat(values(headers, "connection") or {}, ","):lower()
    local upgrade = table.concat(values(headers, "upgrade") or {}, ","):lower()
    if connection:find("patrol") or upgrade:find("h2c") then
        txn.http:req_del_header("connection")
        txn.http:req_del_header("upgrade")
    end
    for _, name in ipairs(tokens) do
        txn.http:req_del_header(name)
        txn.http:req_del_header((name:gsub("-", "_")))
    end
    local cookies = values(headers, "cookie")
    if cookies then
        local kept = {}
        for part in table.concat(cookies, "; "):gmatch("[^;]+") do
            part = part:match("^%s*(.-)%s*$")
            if part ~= "" and part:match("^([^=]*)") ~= cookie then
                kept[#kept + 1] = part
            end
        end
        txn.http:req_del_header("cookie")
        if #kept > 0 then
            txn.http:req_add_header("cookie", table.concat(kept, "; "))
        end
    end
end

core.register_action("patrol-verify", { "http-req" }, function(txn)
    local headers = txn.http:req_get_headers()
    local question = {
        ["host"] = values(headers, "host"),
        ["accept"] = values(headers, "accept"),
        ["user-agent"] = values(headers, "user-agent"),
        ["cookie"] = values(headers, "cookie"),
        ["x-forwarded-uri"] = { txn.sf:pathq() },
        ["x-forwarded-method"] = { txn.sf:method() },
        ["x-forwarded-for"] = { txn.sf:src() },
        ["x-forwarded-host"] = values(headers, "host"),
        ["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" },
    }
    for _, name in ipairs(tokens) do
        question[name] = values(headers, name)
    end
    local answer = core.httpclient():get({ url = os.getenv("PATROL_URL"), headers = question, timeout = 5000 })
    strip(txn, headers)
    txn:set_var("txn.patrol_status", answer and answer.status or 0)
    if not answer or not answer.headers then
        return
    end
    local challenge = values(answer.headers, "www-authenticate")
    local location = values(answer.headers, "location")
    txn:set_var("txn.patrol_challenge", challenge and challenge[1] or "Bearer")
    txn:set_var("txn.patrol_location", location and location[1] or "")
    for _, name in ipairs(identity) do
        local value = values(answer.headers, name)
        if value and value[1] ~= "" then
            txn.http:req_set_header(name, value[1])
        end
    end
end)
