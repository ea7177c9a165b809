from shop.logs import mask


def test_it_cuts_the_token_out_of_an_order_link() -> None:
    link = "https://shop.example/orders/RC-7K3D-92QF/Zb1_secret-token-x9/status/?a=b"
    assert mask(link) == "https://shop.example/orders/RC-7K3D-92QF/***/status/?a=b"
