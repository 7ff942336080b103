-- Shows what stands in the AVPs of RFC 4951 (76 Failover Capability, 77 Tunnel Recovery, 78 Suggested Control Sequence, 79 Failover
-- Session State), which Wireshark names without reading them. A post-dissector: it looks at every packet that Wireshark takes for
-- L2TPv2 or L2TPv3, over UDP or over IP, and adds a tree "L2TP Failover". It does not unhide hidden AVPs.
-- Use: wireshark -X lua_script:tools/wireshark/l2tp-failover.lua

local failover = Proto("l2tpfailover", "L2TP Failover (RFC 4951)")

local fields = {
  data = ProtoField.bool("l2tpfailover.capability.data", "D: data channel", 16, nil, 0x0002),
  control = ProtoField.bool("l2tpfailover.capability.control", "C: control channel", 16, nil, 0x0001),
  recovery_time = ProtoField.uint32("l2tpfailover.capability.recovery_time", "Recovery Time (ms)"),
  recover_tunnel = ProtoField.uint32("l2tpfailover.recovery.tunnel", "Recover Tunnel ID"),
  recover_remote_tunnel = ProtoField.uint32("l2tpfailover.recovery.remote_tunnel", "Recover Remote Tunnel ID"),
  suggested_ns = ProtoField.uint16("l2tpfailover.suggested.ns", "Suggested Ns"),
  suggested_nr = ProtoField.uint16("l2tpfailover.suggested.nr", "Suggested Nr"),
  session = ProtoField.uint32("l2tpfailover.state.session", "Session ID"),
  remote_session = ProtoField.uint32("l2tpfailover.state.remote_session", "Remote Session ID"),
}
failover.fields = fields

local malformed = ProtoExpert.new("l2tpfailover.malformed", "Length of a failover AVP is wrong", expert.group.MALFORMED, expert.severity.ERROR)
failover.experts = { malformed }

local l2tp_flags = Field.new("l2tp.flags")

-- Each shows the value of an AVP (a range without the 6 octets of its header) in its tree. The ids of 77 and 79 have 16 bits in
-- version 2, behind 16 reserved ones (RFC 4951 5.2, 5.4): read as 32 bits these would count, so they are left out.
local function pair(first, second)
  return function(tree, value, version)
    if version == 2 then
      tree:add(first, value(4, 2))
      tree:add(second, value(8, 2))
    else
      tree:add(first, value(2, 4))
      tree:add(second, value(6, 4))
    end
  end
end

local avps = {
  [76] = {
    name = "Failover Capability",
    octets = 6,
    show = function(tree, value)
      tree:add(fields.data, value(0, 2))
      tree:add(fields.control, value(0, 2))
      tree:add(fields.recovery_time, value(2, 4))
    end,
  },
  [77] = { name = "Tunnel Recovery", octets = 10, show = pair(fields.recover_tunnel, fields.recover_remote_tunnel) },
  [78] = {
    name = "Suggested Control Sequence",
    octets = 6,
    show = function(tree, value)
      tree:add(fields.suggested_ns, value(2, 2))
      tree:add(fields.suggested_nr, value(4, 2))
    end,
  },
  [79] = { name = "Failover Session State", octets = 10, show = pair(fields.session, fields.remote_session) },
}

-- One AVP of ours; the root tree is made with the first.
local function show_avp(avp, attribute, version, root)
  local known = avps[attribute]
  local tree = root:add(failover, avp, known.name)
  if bit.band(avp(0, 1):uint(), 0x40) ~= 0 then
    tree:append_text(" (hidden)")
  elseif avp:len() ~= 6 + known.octets then
    tree:add_proto_expert_info(malformed)
  else
    known.show(tree, avp(6, known.octets), version)
  end
end

-- The AVPs of a control message that begins at `at`.
local function show_message(buffer, at, root)
  local word = buffer(at, 2):uint()
  local version = bit.band(word, 0x000f)
  if bit.band(word, 0xc800) ~= 0xc800 or (version ~= 2 and version ~= 3) then return end
  local stop = math.min(at + buffer(at + 2, 2):uint(), buffer:len())
  local tree
  at = at + 12
  while at + 6 <= stop do
    local length = bit.band(buffer(at, 2):uint(), 0x03ff)
    if length < 6 or at + length > stop then return end
    local attribute = buffer(at + 4, 2):uint()
    if buffer(at + 2, 2):uint() == 0 and avps[attribute] then
      tree = tree or root:add(failover, buffer(at, stop - at))
      show_avp(buffer(at, length), attribute, version, tree)
    end
    at = at + length
  end
end

function failover.dissector(buffer, _, root)
  for _, flags in ipairs({ l2tp_flags() }) do
    local at = flags.offset
    if flags.range:len() == 2 and at + 12 <= buffer:len() then show_message(buffer, at, root) end
  end
end

register_postdissector(failover)
